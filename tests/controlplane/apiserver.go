package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

//go:embed kube-apiserver.flags
var flags string

// runAPIServer returns only when the server fails.
func runAPIServer(folder, store string, port int, more []string) error {
	values := strings.NewReplacer("{folder}", folder, "{port}", strconv.Itoa(port), "{etcd}", store)
	arguments := []string{}
	for line := range strings.Lines(flags) {
		if strings.HasPrefix(line, "--") {
			arguments = append(arguments, values.Replace(strings.TrimSpace(line)))
		}
	}
	command := app.NewAPIServerCommand()
	command.SetArgs(append(arguments, more...))
	if err := command.Execute(); err != nil {
		return err
	}
	return errors.New("kube-apiserver has ended")
}

// waitUntilReady gives the version of the server. It waits for the namespace that everything starts in, too.
func waitUntilReady(kubeconfig string) (string, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return "", err
	}
	config.Timeout = 5 * time.Second
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for {
		_, err := client.RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		if err == nil {
			_, err = client.CoreV1().Namespaces().Get(ctx, metav1.NamespaceDefault, metav1.GetOptions{})
		}
		if err == nil {
			version, err := client.ServerVersion()
			if err != nil {
				return "", err
			}
			return version.GitVersion, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("not ready in time: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// loadOrChoosePort keeps the port in a file. It lies below the ports that systems give to outgoing connections, so that
// nobody gets it while the server is being restarted.
func loadOrChoosePort(file string) (int, error) {
	if text, err := os.ReadFile(file); err == nil {
		return strconv.Atoi(string(text))
	}
	for range 100 {
		port := 20000 + rand.IntN(12000)
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			return 0, err
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return 0, err
		}
		return port, os.WriteFile(file, []byte(strconv.Itoa(port)), 0o600)
	}
	return 0, errors.New("no free port found")
}
