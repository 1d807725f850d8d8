//go:build unix

package credential

import (
	"os"
	"os/exec"
	"syscall"
)

// endChildren makes the timeout of a command kill its child processes too. It
// starts the command in a process group of its own, and kills that group. If
// the program has a terminal, the command stays in the terminal's group
// instead, since only there it can ask the user for a password; its children
// may then outlive it.
func endChildren(cmd *exec.Cmd) {
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		tty.Close()
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
