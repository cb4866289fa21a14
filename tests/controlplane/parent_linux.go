package main

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// The order is given to the thread that asks, which must live as long as the process: the first one does.
func init() { runtime.LockOSThread() }

// parent is read before the order is given: a parent that died in between is noticed by its child's new one.
var parent = os.Getppid()

func init() {
	_ = unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGTERM), 0, 0, 0)
}

func dieWithParent() {
	if os.Getppid() != parent {
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
	}
}
