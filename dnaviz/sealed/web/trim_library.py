"""Make /trimmed.zip of Python's library in /all.zip; runs in Pyodide, as ../web/build.mjs says."""

import zipfile

from dnaviz.sealed.modules import EPOCH, compiled

UNUSED = {
    "__phello__", "_aix_support", "_android_support", "_apple_support", "_ios_support",
    "_osx_support", "_pydatetime", "_pydecimal", "_pyio", "_pyrepl", "_strptime",
    "antigravity", "argparse", "bdb", "cProfile", "calendar", "cgi", "cmd", "code",
    "compileall", "configparser", "ctypes", "curses", "datetime", "dbm", "decimal", "difflib",
    "doctest", "email", "ensurepip", "filecmp", "fileinput", "fractions", "ftplib", "getopt",
    "getpass", "gettext", "graphlib", "http", "idlelib", "imaplib", "lib2to3", "mailbox",
    "mimetypes", "modulefinder", "multiprocessing", "netrc", "optparse", "pdb", "pickletools",
    "pipes", "platform", "plistlib", "poplib", "pprint", "profile", "pstats", "pty",
    "py_compile", "pyclbr", "pydoc", "pydoc_data", "rlcompleter", "runpy", "sched", "secrets",
    "shelve", "smtplib", "socketserver", "sqlite3", "statistics", "symtable", "sysconfig",
    "tabnanny", "tarfile", "telnetlib", "test", "this", "timeit", "tkinter", "tomllib",
    "trace", "tracemalloc", "tty", "turtle", "turtledemo", "unittest", "uu", "uuid", "venv",
    "wave", "webbrowser", "wsgiref", "xdrlib", "xml", "xmlrpc", "zipapp", "zoneinfo",
}  # fmt: skip
ENCODINGS = {"__init__", "aliases", "ascii", "cp437", "idna", "latin_1", "utf_8"}

with zipfile.ZipFile("/all.zip") as source, zipfile.ZipFile("/trimmed.zip", "w") as target:
    for name in sorted(source.namelist()):
        top = name.split("/")[0].removesuffix(".py")
        stem = name.removesuffix(".py").split("/")[-1]
        if not name.endswith(".py") or top in UNUSED:
            continue
        if top == "encodings" and stem not in ENCODINGS:
            continue
        entry = zipfile.ZipInfo(name + "c", EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        target.writestr(entry, compiled(source.read(name), name), compresslevel=9)
