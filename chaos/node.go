package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// node is a server of the product, at work.
type node struct {
	number  int
	address string
	process *process
	// The ways to its servers; nil where there are none.
	toPostgres, toRedis *proxy

	mu     sync.Mutex
	binary string
	extra  []string // of the environment
}

// newNode prepares a node on an address of its own.
func newNode(ctx context.Context, number int, folder, binary string, environment []string) (*node, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	n := &node{number: number, address: address, binary: binary}
	n.process = &process{name: fmt.Sprintf("node %d", number), log: fmt.Sprintf("%s/node%d.log", folder, number), command: func() *exec.Cmd {
		n.mu.Lock()
		defer n.mu.Unlock()
		command := exec.Command(n.binary) //nolint:noctx,gosec // it is stopped by kill; we built it
		command.Env = append(append(os.Environ(), "KLANTKAART_LISTEN="+address), environment...)
		command.Env = append(command.Env, n.extra...)
		return command
	}}
	return n, nil
}

// as makes the next start one of another program, with more in its environment.
func (n *node) as(binary string, extra ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.binary, n.extra = binary, extra
}

// start runs the node and waits until it is ready.
func (n *node) start(ctx context.Context) error {
	if err := n.process.start(); err != nil {
		return err
	}
	return await(ctx, patience, func() error {
		if !n.process.up() {
			return fmt.Errorf("node %d ended", n.number)
		}
		return n.ready(ctx)
	})
}

func (n *node) ready(ctx context.Context) error {
	_, err := n.get(ctx, "/readyz")
	return err
}

// restart brings a node back that was killed or stopped. A start that fails because its database is away
// is tried again.
func (n *node) restart(ctx context.Context) error {
	return await(ctx, patience, func() error {
		if n.process.up() {
			return n.ready(ctx)
		}
		return n.start(ctx)
	})
}

// drain stops the node in good order. It tells whether it ended by itself.
func (n *node) drain() bool {
	n.process.send(syscall.SIGTERM)
	ended := n.process.wait(patience)
	n.process.kill()
	return ended
}

// get reads a page of the node.
func (n *node) get(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.address+path, http.NoBody)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s of node %d answers %d", path, n.number, answer.StatusCode)
	}
	text := &strings.Builder{}
	_, err = bufio.NewReader(answer.Body).WriteTo(text)
	return text.String(), err
}

// metrics reads the figures of the node that have no labels.
func (n *node) metrics(ctx context.Context) (map[string]float64, error) {
	text, err := n.get(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	found := map[string]float64{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if number, err := strconv.ParseFloat(value, 64); ok && err == nil {
			found[name] = number
		}
	}
	return found, nil
}

// complaints are the lines of the node's log that no node may write.
func (n *node) complaints() []string {
	text, err := os.ReadFile(n.process.log)
	if err != nil {
		return nil
	}
	var found []string
	for _, sign := range []string{"WARNING: DATA RACE", "a request panicked", "panic: ", "fatal error: ", "goroutine stack exceeds"} {
		if before, after, ok := strings.Cut(string(text), sign); ok {
			start := max(0, len(before)-200)
			found = append(found, fmt.Sprintf("node %d says: %s", n.number, before[start:]+sign+after[:min(len(after), 3000)]))
		}
	}
	return found
}
