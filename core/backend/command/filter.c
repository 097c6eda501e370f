/*
 * filter.c: the system calls that a command does without, as a seccomp filter. A list of what is refused, not of what is allowed: what a
 * model's libraries need next year nobody knows, and what they can reach is bounded by namespaces and Landlock already. Written as the few
 * dozen instructions that it is, so that no library is needed for it.
 */
#include "core/backend/command/confine.h"
#include "core/base/banned.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0
#endif

struct program {
    struct sock_filter at[512];
    unsigned short n;
};

static void add(struct program *p, unsigned short code, uint32_t k, uint8_t yes, uint8_t no)
{
    p->at[p->n++] = (struct sock_filter){code, yes, no, k};
}

static void load(struct program *p, size_t offset)
{
    add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void load_number(struct program *p)
{
    load(p, offsetof(struct seccomp_data, nr));
}

/* The low half of an argument: every one looked at here is an int. Little-endian, as all machines are that ARCHITECTURE knows. */
static void load_argument(struct program *p, unsigned i)
{
    load(p, offsetof(struct seccomp_data, args) + i * sizeof(uint64_t));
}

static void refuse(struct program *p, int why)
{
    add(p, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)why, 0, 0);
}

static void allow(struct program *p)
{
    add(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

/* With the call's number loaded: this one always gives `why`. */
static void never(struct program *p, long call, int why)
{
    add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
    refuse(p, why);
}

/* The body of a rule for one call begins, and ends: the number is loaded again behind it. */
static unsigned short rule(struct program *p, long call)
{
    add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 0);
    return p->n;
}

static void end_rule(struct program *p, unsigned short from)
{
    p->at[from - 1].jf = (uint8_t)(p->n - from);
    load_number(p);
}

static void refuse_if(struct program *p, uint32_t value, int why)
{
    add(p, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    refuse(p, why);
}

/* Of other processes: of itself (0), and of whom the argument does not say, it may do it. */
static void only_itself(struct program *p, long call, unsigned argument)
{
    unsigned short r = rule(p, call);
    load_argument(p, argument);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
    refuse(p, EPERM);
    end_rule(p, r);
}

/* What no model needs, whatever else holds. */
static void add_never(struct program *p)
{
    static const long calls[] = {
        SYS_add_key,
        SYS_keyctl,
        SYS_request_key,
        SYS_bpf,
        SYS_perf_event_open,
        SYS_userfaultfd,
        SYS_mount,
        SYS_umount2,
        SYS_pivot_root,
        SYS_chroot,
        SYS_open_tree,
        SYS_move_mount,
        SYS_fsopen,
        SYS_fsconfig,
        SYS_fsmount,
        SYS_fspick,
        SYS_mount_setattr,
        SYS_setns,
        SYS_unshare,
        SYS_open_by_handle_at,
        SYS_quotactl,
        SYS_acct,
        SYS_swapon,
        SYS_swapoff,
        SYS_reboot,
        SYS_kexec_load,
        SYS_init_module,
        SYS_finit_module,
        SYS_delete_module,
        SYS_settimeofday,
        SYS_clock_settime,
        SYS_clock_adjtime,
        SYS_sethostname,
        SYS_setdomainname,
        SYS_syslog,
        SYS_vhangup,
        SYS_nfsservctl,
        SYS_lookup_dcookie,
        SYS_migrate_pages,
        SYS_fanotify_init,
#ifdef SYS_quotactl_fd
        SYS_quotactl_fd,
#endif
#ifdef SYS_kexec_file_load
        SYS_kexec_file_load,
#endif
#ifdef SYS_iopl
        SYS_iopl,
        SYS_ioperm,
        SYS_modify_ldt,
#endif
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        never(p, calls[i], EPERM);
    /* Its requests pass this filter by; and libraries that know of it ask first whether it is there. */
    never(p, SYS_io_uring_setup, ENOSYS);
    never(p, SYS_io_uring_enter, ENOSYS);
    never(p, SYS_io_uring_register, ENOSYS);
    /* Its flags lie in memory, where a filter does not see; without it the C library takes clone. */
    never(p, SYS_clone3, ENOSYS);
    unsigned short r = rule(p, SYS_clone);
    load_argument(p, 0);
    add(p, BPF_JMP | BPF_JSET | BPF_K,
        CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP, 0, 1);
    refuse(p, EPERM);
    end_rule(p, r);
}

/* Without a network of its own: TCP alone, where Landlock watches it, and nothing that reaches beyond this machine by another way. */
static void add_sockets(struct program *p, const struct bx_cell *c)
{
    enum { PROTOCOL_TCP = 6, TYPE = 0xf };
    bool own = c->kernel.namespaces && c->kernel.network;
    unsigned short r = rule(p, SYS_socket);
    load_argument(p, 0);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 1);
    allow(p);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1); /* which interfaces are there: getifaddrs */
    allow(p);
    if (own || c->kernel.landlock >= 4) {
        add(p, BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0);
        add(p, BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0);
        refuse(p, EACCES);
        if (!own) {
            load_argument(p, 1);
            add(p, BPF_ALU | BPF_AND | BPF_K, TYPE, 0, 0);
            add(p, BPF_JMP | BPF_JEQ | BPF_K, SOCK_STREAM, 1, 0);
            refuse(p, EACCES);
            load_argument(p, 2);
            add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0);
            add(p, BPF_JMP | BPF_JEQ | BPF_K, PROTOCOL_TCP, 1, 0); /* MPTCP and SCTP are streams that Landlock does not see */
            refuse(p, EACCES);
        }
    } else
        refuse(p, EACCES);
    end_rule(p, r);
}

/* Where neither a pid namespace nor a Landlock domain bounds whom it may look into. */
static void add_looking(struct program *p)
{
    static const long calls[] = {SYS_ptrace, SYS_kcmp, SYS_pidfd_getfd, SYS_process_vm_readv, SYS_process_vm_writev, SYS_process_madvise};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        never(p, calls[i], EPERM);
}

/* Without a pid namespace others can be named. Its own threads, too, unless it names them by 0. */
static void add_others(struct program *p, const struct bx_cell *c)
{
    static const struct {
        long call;
        unsigned argument;
    } of[] = {{SYS_prlimit64, 0},      {SYS_sched_setaffinity, 0}, {SYS_sched_setscheduler, 0},
              {SYS_sched_setparam, 0}, {SYS_sched_setattr, 0},     {SYS_setpriority, 1},
              {SYS_ioprio_set, 1},     {SYS_move_pages, 0},        {SYS_get_robust_list, 0}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        only_itself(p, of[i].call, of[i].argument);
    static const struct {
        long call;
        uint32_t everybody;
    } by_user[] = {{SYS_setpriority, 2 /* PRIO_USER */}, {SYS_ioprio_set, 3 /* IOPRIO_WHO_USER */}};
    for (size_t i = 0; i < 2; i++) {
        unsigned short r = rule(p, by_user[i].call);
        load_argument(p, 0);
        refuse_if(p, by_user[i].everybody, EPERM);
        end_rule(p, r);
    }
    static const long signals[] = {SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_pidfd_open};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        unsigned short r = rule(p, signals[i]);
        load_argument(p, 0);
        refuse_if(p, UINT32_MAX, EPERM); /* everybody */
        const pid_t spared[] = {c->host, c->keeper, c->group};
        for (size_t k = 0; k < 3; k++) {
            refuse_if(p, (uint32_t)spared[k], EPERM);
            refuse_if(p, (uint32_t)-spared[k], EPERM);
        }
        end_rule(p, r);
    }
}

/* Without a root of its own the modes and owners of all files of this user could be changed: Landlock does not know of them. It says that
 * it was done, because copying a file ends with it; nobody honest looks. */
static void add_modes(struct program *p)
{
    static const long calls[] = {
        SYS_fchmodat,     SYS_fchownat, SYS_setxattr, SYS_lsetxattr, SYS_removexattr,
        SYS_lremovexattr, SYS_fchmod,   SYS_fchown,   SYS_fsetxattr, SYS_fremovexattr,
#ifdef SYS_chmod
        SYS_chmod,        SYS_chown,    SYS_lchown,
#endif
    };
    enum { FCHMODAT2 = 452 };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        never(p, calls[i], 0);
    never(p, FCHMODAT2, ENOSYS);
}

/* Truncation is a right of Landlock's from ABI 3: before, a file that can only be read can be emptied. */
static void add_truncation(struct program *p)
{
    never(p, SYS_truncate, EACCES);
    never(p, SYS_openat2, ENOSYS); /* its flags lie in memory */
#ifdef SYS_creat
    const long opens[] = {SYS_openat, SYS_open};
#else
    const long opens[] = {SYS_openat};
#endif
    for (size_t i = 0; i < sizeof opens / sizeof *opens; i++) {
        unsigned short r = rule(p, opens[i]);
        load_argument(p, i == 0 ? 2 : 1);
        add(p, BPF_ALU | BPF_AND | BPF_K, O_TRUNC | O_ACCMODE, 0, 0);
        refuse_if(p, O_TRUNC | O_RDONLY, EACCES);
        end_rule(p, r);
    }
}

bool bx_filter_enter(const struct bx_cell *c, struct bx_confine_fault *f)
{
    if (!ARCHITECTURE || !c->kernel.seccomp)
        return true;
    struct program p = {.n = 0};
    load(&p, offsetof(struct seccomp_data, arch));
    add(&p, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    refuse(&p, ENOSYS); /* the calls of another instruction set have other numbers */
    load_number(&p);
#ifdef __x86_64__
    add(&p, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1); /* and so have those of x32 */
    refuse(&p, ENOSYS);
#endif
    add_never(&p);
    if (!c->network)
        add_sockets(&p, c);
    if (!c->kernel.namespaces) {
        add_others(&p, c);
        add_modes(&p);
        if (!c->kernel.landlock)
            add_looking(&p);
    }
    if (c->kernel.landlock < 3)
        add_truncation(&p);
    allow(&p);
    const struct sock_fprog program = {.len = p.n, .filter = p.at};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 || bx_confine_fail(f, BX_STEP_SECCOMP, errno);
}
