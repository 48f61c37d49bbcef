#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/signals.h"

static volatile sig_atomic_t calls, on_own_stack;

static void ring(int signal_number) {
    stack_t present;
    (void)signal_number;
    calls++;
    on_own_stack = sigaltstack(NULL, &present) == 0 && (present.ss_flags & SS_ONSTACK) != 0;
}

static void test_a_handler_runs_on_a_stack_of_its_own(void **state) {
    (void)state;
    signal_catch(SIGALRM, ring, SA_RESTART);
    for (int i = 1; i <= 2; i++) {
        on_own_stack = 0;
        assert_int_equal(raise(SIGALRM), 0);
        assert_int_equal(calls, i);
        assert_true(on_own_stack);
    }
}

static void test_flags_are_those_of_sigaction(void **state) {
    (void)state;
    struct sigaction present;
    calls = 0;
    signal_catch(SIGUSR1, ring, (int)SA_RESETHAND | SA_RESTART);
    assert_int_equal(raise(SIGUSR1), 0);
    assert_int_equal(calls, 1);
    assert_int_equal(sigaction(SIGUSR1, NULL, &present), 0);
    assert_true(present.sa_handler == SIG_DFL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_handler_runs_on_a_stack_of_its_own),
        cmocka_unit_test(test_flags_are_those_of_sigaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
