"""What notes can do wrong, as the sources of blocks: each table has one way of ending.

All are bounded where they are not stopped, so that a fault of ours does not take the machine along.
"""

from __future__ import annotations

# Source -> how the block ends, and the type of what is told.
RAISES = {
    "sys.exit": ("import sys; sys.exit(3)", "SystemExit"),
    "exit without status": ("raise SystemExit", "SystemExit"),
    "recursion": ("f = lambda: f()\nf()", "RecursionError"),
    "input": ("input('? ')", "EOFError"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "generator exit": ("raise GeneratorExit", "GeneratorExit"),
    "deleted folder": ("import os, shutil\nshutil.rmtree(os.getcwd())\nos.getcwd()", "FileNotFoundError"),
    "large file": ("open('x', 'wb').truncate(1 << 31)", "OSError"),
    "exception without text": ("class E(Exception):\n    def __str__(self): 1 / 0\nraise E", "E"),
    "exception group": ("raise ExceptionGroup('g', [ValueError(1), KeyError(2)])", "ExceptionGroup"),
    "missing package": ("import no_such_package_at_all", "ModuleNotFoundError"),
    "streams replaced": ("import sys\nsys.stdout = sys.stderr = None\n1 / 0", "ZeroDivisionError"),
}

MEMORY = {
    "bytearray": "b = bytearray(8 << 30)",
    "growing list": "held = []\nwhile True:\n    held.append(bytearray(1 << 20))",
    "many small objects": "held = []\nwhile True:\n    held.append('x' * 500 + str(len(held)))",
}

# Source -> a part of what is told.
DIES = {
    "os._exit": ("import os; os._exit(5)", "status 5"),
    "os._exit(0)": ("import os; os._exit(0)", "status 0"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "abort": ("import os; os.abort()", "SIGABRT"),
    "stack of C": (
        "import sys\nsys.setrecursionlimit(10**9)\nclass A:\n    def __repr__(s): return repr(s)\nrepr(A())",
        "SIGSEGV",
    ),
    "kills itself": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    "closes everything": ("import os; os.closerange(3, 5000)", "closed the channel"),
}

ENDLESS = {
    "loop": "while True: pass",
    "regular expression": "import re; re.match(r'(a+)+$', 'a' * 40 + 'b')",
    "deadlock": "import threading\nl = threading.Lock(); l.acquire(); l.acquire()",
    "ignored signals": (
        "import signal, time\nfor s in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGHUP):\n"
        "    signal.signal(s, signal.SIG_IGN)\ntime.sleep(3600)"
    ),
    "stopped": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "caught": "import time\nwhile True:\n    try:\n        time.sleep(3600)\n    except BaseException: pass",
}

# These come to their end and leave something behind.
LEFT = {
    "thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()",
    "child": "import subprocess; subprocess.Popen(['sleep', '3601'])",
    "child in a session of its own": "import subprocess; subprocess.Popen(['sleep', '3602'], start_new_session=True)",
    "daemon": (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(3603)\n"
        "    os._exit(0)\nos.wait()"
    ),
    "daemon without streams": (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.closerange(0, 5000)\n"
        "        time.sleep(3604)\n    os._exit(0)\nos.wait()"
    ),
    "files": "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').write('x')\nos.chmod('a/b', 0)\nos.chmod('a', 0)",
}

FLOODS = {
    "text": "import sys\nwhile True: sys.stdout.write('x' * (1 << 20))",
    "bytes": "import os\nwhile True: os.write(2, b'x' * (1 << 20))",
    "values": "while True: display('x' * 100_000)",
}

# Copies of copies, at most two hundred of them; those with an odd number get away into sessions of their own.
_COPIES = """
import os, time
def copy(depth):
    for number in range(3):
        if depth and os.fork() == 0:
            if number % 2:
                os.setsid()
            copy(depth - 1)
            time.sleep(3605)
            os._exit(0)
copy(4)
"""

FORKS = {
    "and goes on": _COPIES,
    "and waits": _COPIES + "time.sleep(3606)",
    "and dies": _COPIES + "os.abort()",
}

KILLS_UPWARDS = {
    "its parent": "import os, signal, time; os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)",
    "its grandparent": (
        "import os, signal\n"
        "parent = int(open(f'/proc/{os.getppid()}/stat').read().rpartition(')')[2].split()[1])\n"
        "os.kill(parent, signal.SIGKILL)\nimport time; time.sleep(60)"
    ),
}
