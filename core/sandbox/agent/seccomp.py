"""The system calls that whoever reads an image's content is refused.

A cataloger opens files, maps memory, starts threads and writes. It has no business with sockets of
any family, other processes, namespaces, keys or the kernel's programmable parts, which is where
escapes are found. A refused call answers EPERM, so that a tool that merely tries one goes on.

Memory that no limit counts (of files without a name, of System V) is refused too.
Starting processes is refused as well, so that the limits of one process are the limits of all.
Threads are the exception: `clone` with CLONE_THREAD. `clone3` hides its flags in memory, where a
filter cannot look, and answers ENOSYS, upon which libraries fall back to `clone`.
"""

import errno
from typing import IO

import pyseccomp  # type: ignore[import-untyped]  # it has no annotations

_SOCKETS = ("socket", "socketpair", "connect", "accept", "accept4", "bind", "listen", "sendto")
_PROCESSES = ("fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp")
_HANDLES = ("pidfd_open", "pidfd_getfd", "pidfd_send_signal", "process_madvise")
_NAMESPACES = ("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree")
_MOUNTS = ("move_mount", "fsopen", "fsmount", "fsconfig", "fspick", "mount_setattr")
_KEYS = ("add_key", "request_key", "keyctl")
_KERNEL = ("bpf", "perf_event_open", "userfaultfd", "kexec_load", "kexec_file_load", "syslog")
_MODULES = ("init_module", "finit_module", "delete_module", "acct", "quotactl", "swapon", "reboot")
_RINGS = ("io_uring_setup", "io_uring_enter", "io_uring_register")
_MEMORY = ("memfd_create", "memfd_secret", "shmget", "shmat", "semget", "msgget", "mlockall")
_LEAKS = ("open_by_handle_at", "name_to_handle_at", "lookup_dcookie", "personality", "ioperm")

REFUSED = (
    *_SOCKETS,
    *_PROCESSES,
    *_HANDLES,
    *_NAMESPACES,
    *_MOUNTS,
    *_KEYS,
    *_KERNEL,
    *_MODULES,
    *_RINGS,
    *_MEMORY,
    *_LEAKS,
)
"""Refused whatever their arguments."""

_CLONE_THREAD = 0x00010000


def syscall_filter() -> pyseccomp.SyscallFilter:
    """The filter, to be loaded into this process or exported for a launcher to load."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in REFUSED:
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
    not_a_thread = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _CLONE_THREAD, 0)
    rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "clone", not_a_thread)
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    return rules


def export_filter(file: IO[bytes]) -> None:
    """Write the filter to `file` in the kernel's own form, and rewind it for whoever loads it."""
    syscall_filter().export_bpf(file)
    file.seek(0)
