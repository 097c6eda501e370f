/*
 * elf.c: where a binary has its libraries looked for, beside the system's folders: DT_RUNPATH and DT_RPATH. What stands there may be a
 * stranger's words: of such a folder the shared libraries are granted, and nothing else that lies in it. Binaries of this machine's own
 * kind alone; what is malformed has no libraries.
 */
#include "core/backend/command/command.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include <elf.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef ElfW(Ehdr) header;
typedef ElfW(Phdr) segment;
typedef ElfW(Dyn) entry;

enum { MOST_SEGMENTS = 64, MOST_ENTRIES = 512, MOST_LIBRARIES = 300, LONGEST = 4096 };

static bool read_at(int fd, void *to, size_t n, uint64_t at)
{
    return at < INT64_MAX && pread(fd, to, n, (off_t)at) == (ssize_t)n;
}

/* Where in the file a virtual address lies. */
static bool place_of(const segment *s, size_t n, uint64_t address, uint64_t *at)
{
    for (size_t i = 0; i < n; i++)
        if (s[i].p_type == PT_LOAD && address >= s[i].p_vaddr && address - s[i].p_vaddr < s[i].p_filesz) {
            *at = s[i].p_offset + (address - s[i].p_vaddr);
            return true;
        }
    return false;
}

/* "/opt/a/lib:$ORIGIN/../lib", or "". */
static void search_path(int fd, char out[LONGEST])
{
    header h;
    segment s[MOST_SEGMENTS];
    entry d[MOST_ENTRIES];
    uint64_t strings = 0, runpath = UINT64_MAX, at;
    out[0] = '\0';
    if (!read_at(fd, &h, sizeof h, 0) || memcmp(h.e_ident, ELFMAG, SELFMAG) != 0 ||
        h.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) || h.e_phentsize != sizeof *s || h.e_phnum > MOST_SEGMENTS ||
        !read_at(fd, s, h.e_phnum * sizeof *s, h.e_phoff))
        return;
    size_t n = 0;
    for (size_t i = 0; i < h.e_phnum && !n; i++)
        if (s[i].p_type == PT_DYNAMIC) {
            n = s[i].p_filesz / sizeof *d < MOST_ENTRIES ? s[i].p_filesz / sizeof *d : MOST_ENTRIES;
            if (!read_at(fd, d, n * sizeof *d, s[i].p_offset))
                return;
        }
    for (size_t i = 0; i < n && d[i].d_tag != DT_NULL; i++) {
        if (d[i].d_tag == DT_STRTAB)
            strings = d[i].d_un.d_ptr;
        if (d[i].d_tag == DT_RUNPATH || (d[i].d_tag == DT_RPATH && runpath == UINT64_MAX))
            runpath = d[i].d_un.d_val;
    }
    if (runpath == UINT64_MAX || !place_of(s, h.e_phnum, strings, &at) || runpath > UINT32_MAX)
        return;
    ssize_t got = pread(fd, out, LONGEST - 1, (off_t)(at + runpath));
    out[got > 0 ? got : 0] = '\0';
}

static void add_libraries(struct bx_reaching *r, const char *folder)
{
    glob_t g;
    char real[PATH_MAX];
    if (folder[0] != '/' || strpbrk(folder, "*?[\\"))
        return;
    if (glob(bx_path_join(r->a, folder, "*.so*"), 0, NULL, &g) == 0)
        for (size_t i = 0; i < g.gl_pathc && i < MOST_LIBRARIES; i++)
            if (realpath(g.gl_pathv[i], real) && strstr(bx_path_base(real), ".so")) /* and no link to something else */
                bx_reach_add(r, g.gl_pathv[i], BX_REACH_RUN);
    globfree(&g);
}

void bx_reach_libraries(struct bx_reaching *r, const char *program)
{
    static const char *const origins[] = {"$ORIGIN", "${ORIGIN}"};
    char path[LONGEST];
    int fd = open(program, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    search_path(fd, path);
    close(fd);
    for (const char *p = path; *p; p += *p == ':') {
        const char *folder = bx_strndup(r->a, p, strcspn(p, ":"));
        p += strcspn(p, ":");
        for (size_t i = 0; i < 2; i++)
            if (!strncmp(folder, origins[i], strlen(origins[i])))
                folder = bx_path_join(r->a, bx_path_dir(r->a, program), bx_printf(r->a, "./%s", folder + strlen(origins[i])));
        add_libraries(r, bx_path_absolute(r->a, folder));
    }
}
