//go:build !linux

package main

// Elsewhere the end of standard input tells that the parent has died.
func dieWithParent() {}
