"""Several processes side by side, run by honcho as a library."""

import os
import signal
import threading

from honcho.manager import Manager


class Processes(Manager):
    """honcho's manager, asking only the main process of each command to stop.

    honcho signals whole process groups, which django-q2's cluster does not survive in order: its
    workers die in the middle of a job and the main process waits for them for ever. What has not
    gone after honcho's pause is killed with its whole group.
    """

    def __init__(self) -> None:
        super().__init__()
        self._procmgr.terminate = _terminate_main_process

    def terminate(self) -> None:
        if not self._all_started():
            # A signal in the first moments: honcho does not know yet whom to pass it to.
            threading.Timer(0.1, self.terminate).start()
            return
        super().terminate()

    def run(self) -> int:
        """Run until one process ends or a signal comes, end the others; 0 or an exit status."""
        hung_up = signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        try:
            self.loop()
        finally:
            signal.signal(signal.SIGHUP, hung_up)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # A process that was killed has the negative number of its signal.
        return self.returncode if self.returncode >= 0 else 128 - self.returncode


def _terminate_main_process(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return  # ended by itself in the meantime
