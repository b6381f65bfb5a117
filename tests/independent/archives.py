"""Opens archives with unzip, with 7z and with Python's zipfile, and compares them byte by byte.

Called by the test `independent` with a folder: archives (*.zip), and beside each a folder of the same
name with the files that have to be in it. One file more is in each archive, the last: its index.
"""

import pathlib
import subprocess
import sys
import zipfile


def quiet(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def main():
    folder = pathlib.Path(sys.argv[1])
    archives = sorted(folder.glob("*.zip"))
    assert archives
    for archive in archives:
        quiet("unzip", "-tq", archive)
        quiet("7z", "t", "-bso0", archive)
        wanted = {
            path.relative_to(archive.with_suffix("")).as_posix(): path
            for path in archive.with_suffix("").rglob("*")
            if path.is_file()
        }
        with zipfile.ZipFile(archive) as opened:
            assert opened.testzip() is None
            names = opened.namelist()
            assert names[-1] == "index.csv", names
            assert sorted(names[:-1]) == sorted(wanted), (names, list(wanted))
            for name, path in wanted.items():
                assert opened.getinfo(name).compress_type == zipfile.ZIP_DEFLATED, name
                with opened.open(name) as packed, open(path, "rb") as whole:
                    while piece := whole.read(1 << 20):
                        assert packed.read(len(piece)) == piece, name
                    assert packed.read(1) == b"", name
        print(f"{archive.name}: {len(names)} entries")


main()
