package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// process is a program that runs beside this one, in a group of its own, and never outlives it.
type process struct {
	name    string
	log     string
	command func() *exec.Cmd

	mu      sync.Mutex
	running *exec.Cmd
	ended   chan struct{}
}

// start runs the program; its log goes on where it was.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // the program writes to a copy of its own
	command := p.command()
	command.Stdout, command.Stderr = log, log
	if command.SysProcAttr == nil {
		command.SysProcAttr = &syscall.SysProcAttr{}
	}
	command.SysProcAttr.Setpgid, command.SysProcAttr.Pdeathsig = true, syscall.SIGKILL
	if err := command.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	ended := make(chan struct{})
	p.running, p.ended = command, ended
	go func() {
		_ = command.Wait() // how it ended shows in its log
		close(ended)
	}()
	return nil
}

// send sends a signal to the program and all it started.
func (p *process) send(signal syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil {
		_ = syscall.Kill(-p.running.Process.Pid, signal) // it may have ended by itself
	}
}

// sendMain sends a signal to the program alone.
func (p *process) sendMain(signal syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil {
		_ = p.running.Process.Signal(signal)
	}
}

// wait waits for the program's end; it tells whether it came in time.
func (p *process) wait(most time.Duration) bool {
	p.mu.Lock()
	ended := p.ended
	p.mu.Unlock()
	if ended == nil {
		return true
	}
	select {
	case <-ended:
		return true
	case <-time.After(most):
		return false
	}
}

// kill ends the program without a word, stopped or not.
func (p *process) kill() {
	p.send(syscall.SIGKILL)
	p.wait(patience)
}

// up tells whether the program runs.
func (p *process) up() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// patience is how long a program may take to start or to stop, on a machine that has other work too.
const patience = time.Minute

// freeAddress finds an address on this machine that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

var errNotReady = errors.New("not ready in time")

// await asks again and again until the answer is yes.
func await(ctx context.Context, most time.Duration, ready func() error) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(errNotReady, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
