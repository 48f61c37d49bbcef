/* How it was run: what run.json says, every cfg, every file. */
#include "base/memory.h"
#include "base/share.h"
#include "report/html.h"
#include "report/jsonl.h"
#include "report/page.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const size_t CFG_LIMIT = 1u << 20;

static void pair_write(Page *page, const char *name, const char *value) {
    fputs("<tr><th scope=\"row\">", page->out);
    html_text(page->out, name);
    fputs("</th><td>", page->out);
    html_text(page->out, value);
    fputs("</td></tr>\n", page->out);
}

static void command_write(Page *page, const cJSON *command) {
    const cJSON *word;
    if (!cJSON_IsArray(command)) return;
    fputs("<pre><code>", page->out);
    cJSON_ArrayForEach(word, command) {
        const char *text = cJSON_IsString(word) ? word->valuestring : "";
        bool plain =
            *text &&
            strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./=,:+@%") == strlen(text);
        if (word != command->child) fputc(' ', page->out);
        if (!plain) fputs("&#39;", page->out);
        html_text(page->out, text);
        if (!plain) fputs("&#39;", page->out);
    }
    fputs("</code></pre>\n", page->out);
}

static void table_begin(Page *page, const char *words) {
    fprintf(page->out,
            "<figure class=\"table\"><figcaption><b>Table %d.</b> %s</figcaption>\n"
            "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s\"><table>\n",
            ++page->table_number, words, words);
}

static void record_write(Page *page) {
    const cJSON *libraries = cJSON_GetObjectItemCaseSensitive(page->record, "libraries"), *library;
    double memory = jsonl_number(page->record, "peak_memory_bytes");
    char text[64];
    command_write(page, cJSON_GetObjectItemCaseSensitive(page->record, "command"));
    table_begin(page, "Program and machine.");
    fputs("<tbody>\n", page->out);
    if (jsonl_text(page->record, "version")) pair_write(page, "latentdream", jsonl_text(page->record, "version"));
    cJSON_ArrayForEach(library, libraries) {
        if (cJSON_IsString(library) && library->string) pair_write(page, library->string, library->valuestring);
    }
    if (jsonl_text(page->record, "processor")) pair_write(page, "processor", jsonl_text(page->record, "processor"));
    if (!isnan(memory)) {
        snprintf(text, sizeof text, "%.0f MiB", memory / (1 << 20));
        pair_write(page, "peak memory", text);
    }
    fputs("</tbody></table></div></figure>\n", page->out);
}

static void stage_write(Page *page, const char *name, double seconds, bool reused) {
    fputs("<tr><th scope=\"row\">", page->out);
    html_text(page->out, name);
    if (reused) fputs("<small>taken from an earlier run</small>", page->out);
    fprintf(page->out, "</th><td class=\"n\">%.2f</td></tr>\n", isnan(seconds) ? 0 : seconds);
}

static void stages_write(Page *page) {
    const cJSON *stages = cJSON_GetObjectItemCaseSensitive(page->record, "stages"), *stage;
    bool recorded = cJSON_IsArray(stages) && cJSON_GetArraySize(stages) > 0;
    if (!recorded && (!page->run || page->run->stage_count == 0)) return;
    table_begin(page, "Time of each stage.");
    fputs(
        "<thead><tr><th scope=\"col\">Stage</th><th scope=\"col\" "
        "class=\"n\">seconds</th></tr></thead><tbody>\n",
        page->out);
    if (recorded) {
        cJSON_ArrayForEach(stage, stages) {
            const char *name = jsonl_text(stage, "name");
            stage_write(page, name ? name : "", jsonl_number(stage, "seconds"),
                        cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(stage, "reused")));
        }
    } else {
        for (int i = 0; i < page->run->stage_count; i++)
            stage_write(page, page->run->stages[i].name, page->run->stages[i].seconds, page->run->stages[i].reused);
    }
    fputs("</tbody></table></div></figure>\n", page->out);
}

/* One file's text, folded away. `shown` is its name on the page. */
static void cfg_write(Page *page, const char *path, const char *shown) {
    char *bytes;
    size_t size;
    Error error;
    if (file_read(path, CFG_LIMIT, &bytes, &size, &error) != 0) {
        page_problem(page, &error);
        return;
    }
    fputs("<details><summary><code>", page->out);
    html_text(page->out, shown);
    fputs("</code></summary>\n<pre tabindex=\"0\">", page->out);
    html_bytes(page->out, bytes, size);
    fputs("</pre></details>\n", page->out);
    memory_free(bytes);
}

/* The key as the file has it: which keys a section may have differs between image and text. */
static const char *entry_text(const ConfigSection *section, const char *key) {
    for (size_t i = 0; i < section->count; i++)
        if (strcmp(section->entries[i].key, key) == 0) return section->entries[i].value;
    return NULL;
}

/* Copies that the run left under cfg/ count; a network's cfg that it left no copy of is read where it stands. */
static void cfgs_write(Page *page) {
    static const char *const SECTIONS[][3] = {{"network", "cfg", ""},
                                              {"language_model", "weights", "/config.json"},
                                              {"language_model", "shape", "/config.json"}};
    char path[PATH_LIMIT];
    NameList copies = {0}, shown = {0};
    fputs("<h3 style=\"margin-top:2rem\">Every cfg used</h3>\n", page->out);
    if (path_join(path, NULL, page->folder, "experiment.cfg") == 0 && file_exists(path))
        cfg_write(page, path, "experiment.cfg");
    if (folder_list(&copies, page->folder, "cfg", "", ".cfg", NULL) != 0) names_free(&copies);
    for (size_t i = 0; i < copies.count; i++) {
        char name[PATH_LIMIT];
        if (path_join(path, NULL, page->folder, "cfg/%s.cfg", copies.names[i]) != 0) continue;
        if (path_join(name, NULL, "cfg", "%s.cfg", copies.names[i]) == 0) cfg_write(page, path, name);
    }
    for (size_t i = 0; page->config && copies.count == 0 && i < sizeof SECTIONS / sizeof *SECTIONS; i++) {
        const ConfigSection *section = NULL;
        while ((section = config_next(page->config, section, SECTIONS[i][0])) != NULL) {
            const char *value = entry_text(section, SECTIONS[i][1]);
            char cfg[PATH_LIMIT];
            if (!value || snprintf(cfg, sizeof cfg, "%s%s", value, SECTIONS[i][2]) >= PATH_LIMIT) continue;
            if (names_have(&shown, cfg) || share_find(path, cfg, NULL) != 0) continue;
            if (names_add(&shown, cfg, NULL) == 0) cfg_write(page, path, cfg);
        }
    }
    names_free(&copies);
    names_free(&shown);
}

static int visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

/* Files below FOLDER/SUB, folders after files; what is only kept for --resume is left out. */
static void files_write(Page *page, const char *sub, int depth) {
    char path[PATH_LIMIT], name[PATH_LIMIT];
    struct dirent **entries;
    struct stat status;
    if (path_join(path, NULL, page->folder, "%s", sub) != 0) return;
    int count = scandir(path, &entries, visible, alphasort);
    for (int folders = 0; count > 0 && folders < 2; folders++)
        for (int i = 0; i < count; i++) {
            const char *file = entries[i]->d_name;
            size_t length = strlen(file);
            if (snprintf(name, sizeof name, "%s%s%s", sub, *sub ? "/" : "", file) >= PATH_LIMIT) continue;
            if (path_join(path, NULL, page->folder, "%s", name) != 0 || stat(path, &status) != 0) continue;
            if ((S_ISDIR(status.st_mode) != 0) != folders || strcmp(name, "work") == 0) continue;
            if (strcmp(name, "report.html") == 0 || (length > 5 && strcmp(file + length - 5, ".part") == 0)) continue;
            if (folders && depth < 3) files_write(page, name, depth + 1);
            if (folders) continue;
            fputs("<tr><td><a href=\"", page->out);
            html_address(page->out, name);
            fputs("\">", page->out);
            html_text(page->out, name);
            fprintf(page->out, "</a></td><td class=\"n\">%.1f</td></tr>\n", (double)status.st_size / 1024);
        }
    for (int i = 0; i < count; i++) free(entries[i]);
    if (count >= 0) free(entries);
}

void page_run(Page *page) {
    fputs("<section id=\"run\">\n<h2>How it was run</h2>\n", page->out);
    if (page->record) record_write(page);
    stages_write(page);
    cfgs_write(page);
    fputs(
        "<h3 style=\"margin-top:2rem\">Files</h3>\n<details><summary>Everything that the run wrote</summary>\n"
        "<div class=\"scroll tall\" tabindex=\"0\" role=\"group\" aria-label=\"Files\"><table><thead><tr>"
        "<th scope=\"col\">file</th><th scope=\"col\" class=\"n\">KiB</th></tr></thead><tbody>\n",
        page->out);
    files_write(page, "", 0);
    fputs("</tbody></table></div></details>\n</section>\n", page->out);
}
