// Command controlplane runs the real kube-apiserver on an embedded etcd, for tests.
//
// It prints one line of JSON when it is ready, and ends with its parent: when its standard input ends, and on Linux
// when the parent dies. Arguments that it does not know itself are those of kube-apiserver. As `controlplane kubectl`
// it is the kubectl of the same release.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "kubectl" {
		os.Args = os.Args[1:]
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			os.Exit(1)
		}
		return
	}
	folder := flag.String("data", "", "folder to keep data, keys and port in, for the next start; default one that is removed at the end")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: controlplane [--data FOLDER] [-- FLAG-OF-KUBE-APISERVER...]\n       controlplane kubectl ...")
		flag.PrintDefaults()
	}
	flag.Parse()
	remove := func() {}
	if *folder == "" {
		made, err := os.MkdirTemp("", "controlplane-")
		failOn(err)
		*folder = made
		remove = func() { removeAll(made) }
	}
	failed := make(chan error, 1)
	go endWithParent(failed)
	go func() { failed <- run(*folder, flag.Args()) }()
	err := <-failed
	remove()
	failOn(err)
}

// run starts both servers and tells when they answer. It returns only when one of them fails.
func run(folder string, more []string) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	keys, err := loadOrMakeKeys(filepath.Join(folder, "pki"))
	if err != nil {
		return err
	}
	port, err := loadOrChoosePort(filepath.Join(folder, "port"))
	if err != nil {
		return err
	}
	store, err := startEtcd(filepath.Join(folder, "etcd"))
	if err != nil {
		return err
	}
	kubeconfig := filepath.Join(folder, "kubeconfig")
	if err := writeKubeconfig(kubeconfig, port, keys); err != nil {
		return err
	}
	ended := make(chan error, 2)
	go func() { ended <- runAPIServer(folder, store, port, more) }()
	go func() {
		version, err := waitUntilReady(kubeconfig)
		if err != nil {
			ended <- err
			return
		}
		line, _ := json.Marshal(map[string]string{"kubeconfig": kubeconfig, "version": version})
		fmt.Println(string(line))
	}()
	return <-ended
}

// endWithParent sends nil when it is time to end: nothing that was acknowledged is lost by ending at once.
func endWithParent(ended chan<- error) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	dieWithParent()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		signals <- syscall.SIGTERM
	}()
	<-signals
	ended <- nil
}

// removeAll tries for a while: etcd may be writing files still.
func removeAll(folder string) {
	for range 50 {
		if os.RemoveAll(folder) == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func failOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "controlplane:", err)
		os.Exit(1)
	}
}
