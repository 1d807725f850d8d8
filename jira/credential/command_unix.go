//go:build unix

package credential

import (
	"os"
	"os/exec"
	"syscall"
)

// endChildren lets a command's own children end with it. With a terminal the
// command has to stay in the terminal's group, where it can ask.
func endChildren(cmd *exec.Cmd) {
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		tty.Close()
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
