"""A disk without room: a small file system in the place of a folder, and what fills it up."""

import os
import shutil

from processes import run


def mount_small(test, folder, size):
    """Puts a file system of `size` there, with what the folder held, until the test is over. Skips
    the test where that is not allowed."""
    if os.geteuid() != 0:
        test.skipTest("mounting needs root")
    kept = folder.with_name(folder.name + " kept")
    folder.rename(kept)
    folder.mkdir(mode=0o750)
    mounted = run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=750", "tmpfs", folder])
    if mounted.returncode != 0:
        folder.rmdir()
        kept.rename(folder)
        test.skipTest("mounting is not allowed here: " + mounted.stderr.decode().strip())
    test.addCleanup(run, ["umount", "-l", folder])
    shutil.copytree(kept, folder, dirs_exist_ok=True)


def fill(folder):
    """Leaves no byte there; gives the file that takes all room."""
    filler = folder / "filler"
    with open(filler, "wb", buffering=0) as output:
        try:
            while True:
                output.write(b"\0" * 4096)
        except OSError:
            pass
    return filler
