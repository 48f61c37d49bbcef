#include "text/pass.h"

#include <string.h>

static const char *const NAMES[] = {"resid_pre", "attn_out", "resid_mid", "mlp_pre",
                                    "mlp_post",  "mlp_out",  "resid_post"};

int text_site_from_name(const char *name, TextSite *site) {
    for (int i = 0; i <= TEXT_SITE_RESID_POST; i++)
        if (strcmp(NAMES[i], name) == 0) {
            *site = (TextSite)i;
            return 0;
        }
    return -1;
}

const char *text_site_name(TextSite site) { return NAMES[site]; }

int text_site_width(const TextNetworkShape *shape, TextSite site) {
    return site == TEXT_SITE_MLP_PRE || site == TEXT_SITE_MLP_POST ? 4 * shape->width : shape->width;
}
