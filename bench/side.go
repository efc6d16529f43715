package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// side is one of the two that are measured: a process that answers on an address.
type side struct {
	name    string
	address string
	process *exec.Cmd
	log     string
	ended   chan error
}

// endlessBudgets are kept account of, and never used up: one colleague asks here as much as a whole machine can answer.
var endlessBudgets = []string{"KLANTKAART_BUDGET_PER_USER=1000000000000", "KLANTKAART_BUDGET_PER_TOKEN=1000000000000", "KLANTKAART_BUDGET_PER_OFFICE=1000000000000"}

// buildProduct builds the server.
func buildProduct(ctx context.Context, folder string) (binary string, err error) {
	binary = filepath.Join(folder, "server")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./server") //nolint:gosec // a folder of our own
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the server: %w\n%s", err, output)
	}
	return binary, nil
}

// startProduct starts the server as it runs in production.
func startProduct(ctx context.Context, name, folder, binary, database string) (*side, error) {
	return start(ctx, name, folder, func(address string) *exec.Cmd {
		command := exec.Command(binary) //nolint:noctx // it is stopped in good order by stop
		command.Env = append(os.Environ(), "KLANTKAART_MODE=production", "KLANTKAART_OPEN_BORDER=true", "KLANTKAART_LISTEN="+address, "DATABASE_URL="+database, "REDIS_URL=")
		command.Env = append(command.Env, endlessBudgets...)
		return command
	})
}

// startSelf starts this program as one of its own sides.
func startSelf(ctx context.Context, name, flag, folder, database string) (*side, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(ctx, name, folder, func(address string) *exec.Cmd {
		return exec.Command(self, "-"+flag, address, "-database", database) //nolint:noctx,gosec // it is stopped in good order by stop; the flags are our own
	})
}

// patience is how long a side may take to start.
const patience = 30 * time.Second

func start(ctx context.Context, name, folder string, command func(address string) *exec.Cmd) (*side, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	s := &side{name: name, address: address, process: command(address), log: filepath.Join(folder, name+".log"), ended: make(chan error, 1)}
	log, err := os.Create(s.log)
	if err != nil {
		return nil, err
	}
	defer log.Close() //nolint:errcheck // the side writes to a copy of its own
	s.process.Stdout, s.process.Stderr = log, log
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	go func() { s.ended <- s.process.Wait() }()
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the %s does not start: %w", name, err), s.stop())
	}
	return s, nil
}

func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func (s *side) ready(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for {
		_, err := s.ask(ctx, get("/readyz", ""))
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case ended := <-s.ended:
			s.ended <- ended
			return errors.Join(errors.New("it ended"), ended)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *side) stop() error {
	select {
	case ended := <-s.ended:
		return errors.Join(fmt.Errorf("the %s ended by itself\n%s", s.name, s.lastWords()), ended)
	default:
	}
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case ended := <-s.ended:
		return s.failure(ended)
	case <-time.After(patience):
		return s.process.Process.Kill()
	}
}

// failure tells what went wrong in a side that was told to stop: that the signal ended it is as it
// should be.
func (s *side) failure(ended error) error {
	var exit *exec.ExitError
	if ended == nil || (errors.As(ended, &exit) && exit.Sys().(syscall.WaitStatus).Signaled()) {
		return nil
	}
	return fmt.Errorf("the %s ended: %w\n%s", s.name, ended, s.lastWords())
}

// lastWords is the end of what the side has logged.
func (s *side) lastWords() []byte {
	const enough = 4096
	text, _ := os.ReadFile(s.log)
	return text[max(0, len(text)-enough):]
}

// ask sends one request and gives the body of its answer.
func (s *side) ask(ctx context.Context, request []byte) ([]byte, error) {
	c, err := dial(ctx, s.address)
	if err != nil {
		return nil, err
	}
	defer c.close()
	stop := context.AfterFunc(ctx, c.close)
	defer stop()
	body, err := c.do(request)
	return bytes.Clone(body), err
}

// statements tells how many statements the side has sent to its database.
func (s *side) statements(ctx context.Context) (int64, error) { return s.metric(ctx, statementsMetric) }

// metric gives what the side has counted under a name.
func (s *side) metric(ctx context.Context, name string) (int64, error) {
	body, err := s.ask(ctx, get("/metrics", ""))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(body)) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return int64(n), err
		}
	}
	return 0, fmt.Errorf("the %s does not tell %s", s.name, name)
}

// peakMemory is the most resident memory the side has had since the last resetPeak, in bytes; 0 where
// the system does not tell.
func (s *side) peakMemory() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	text, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	kilobytes, _ := strconv.ParseInt(text, 10, 64)
	return kilobytes << 10
}

// resetPeak begins to measure the peak anew, where the system can.
func (s *side) resetPeak() {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.process.Process.Pid), []byte("5"), 0)
}
