package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/rpc"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"klantkaart/bench/crowd"
	"klantkaart/bench/hub"
	"klantkaart/bench/inspect"
)

// party is a server of sockets with a crowd of its own.
type party struct {
	*side
	crowd  *rpc.Client
	people *exec.Cmd
	socket string // on which the server is inspected
}

// build makes the product's program, with one thing added: it can be inspected. Its own code is as it is
// in production.
func (l *liveBench) build(ctx context.Context) (string, error) {
	folder, err := filepath.Abs("server")
	if err != nil {
		return "", err
	}
	added := filepath.Join(l.work, "inspected.go")
	const source = "package main\n\nimport \"klantkaart/bench/inspect\"\n\nvar _ = inspect.Listen()\n"
	if err := os.WriteFile(added, []byte(source), 0o600); err != nil {
		return "", err
	}
	replaced, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(folder, "inspected.go"): added}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(l.work, "overlay.json")
	if err := os.WriteFile(overlay, replaced, 0o600); err != nil {
		return "", err
	}
	binary := filepath.Join(l.work, "node")
	build := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-o", binary, "./server") //nolint:gosec // a folder of our own
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the server: %w\n%s", err, output)
	}
	return binary, nil
}

// nodeCommand starts the product. One colleague has far more sockets here than a colleague has.
func (l *liveBench) nodeCommand(binary, name string, more ...string) func(string) *exec.Cmd {
	return func(address string) *exec.Cmd {
		command := exec.Command(binary) //nolint:noctx // it is stopped in good order by stop
		command.Env = append(os.Environ(), "KLANTKAART_MODE=production", "KLANTKAART_OPEN_BORDER=true", "KLANTKAART_LISTEN="+address, "DATABASE_URL="+l.url,
			"REDIS_URL="+l.redis, "KLANTKAART_SECRET_KEY="+base64.StdEncoding.EncodeToString(sharedKey), "KLANTKAART_SOCKETS_PER_USER=100000", "KLANTKAART_SOCKETS_PER_OFFICE=0", inspect.Variable+"="+l.socketOf(name))
		command.Env = append(append(command.Env, endlessBudgets...), more...)
		return command
	}
}

func (l *liveBench) hubCommand(address string) *exec.Cmd {
	command := exec.Command(os.Args[0], "-serve-hub", address) //nolint:noctx,gosec // it is stopped in good order by stop; the flags are our own
	command.Env = append(os.Environ(), inspect.Variable+"="+l.socketOf("hub"))
	return command
}

func (l *liveBench) socketOf(name string) string { return filepath.Join(l.work, name+".sock") }

// serveHub is the hub, until the context ends.
func serveHub(ctx context.Context, listen string) error {
	inspect.Listen()
	return serve(ctx, listen, hub.Handler())
}

// startParty starts a server, and a crowd for it.
func (l *liveBench) startParty(ctx context.Context, name string, command func(string) *exec.Cmd) (*party, error) {
	_ = os.Remove(l.socketOf(name)) // of one that was stopped
	server, err := start(ctx, name, l.work, command)
	if err != nil {
		return nil, err
	}
	p := &party{side: server, socket: l.socketOf(name)}
	p.people = exec.Command(os.Args[0], "-serve-crowd") //nolint:noctx,gosec // it ends with its pipe; the flags are our own
	p.people.Stderr = os.Stderr
	in, inErr := p.people.StdinPipe()
	out, outErr := p.people.StdoutPipe()
	if err := errors.Join(inErr, outErr); err != nil {
		return nil, errors.Join(err, server.stop())
	}
	if err := p.people.Start(); err != nil {
		return nil, errors.Join(err, server.stop())
	}
	p.crowd = rpc.NewClient(pipe{out, in})
	return p, nil
}

// serveCrowd is a crowd, until its input ends.
func serveCrowd() error { return crowd.Serve(pipe{os.Stdin, os.Stdout}) }

// pipe is the two ends of a process's input and output.
type pipe struct {
	io.ReadCloser
	to io.WriteCloser
}

// Write writes to the other process.
func (p pipe) Write(data []byte) (int, error) { return p.to.Write(data) }

// Close ends both directions.
func (p pipe) Close() error { return errors.Join(p.to.Close(), p.ReadCloser.Close()) }

// restart ends the product's node and starts another in its place. Its crowd stays.
func (l *liveBench) restart(ctx context.Context) error {
	if err := l.ours.side.stop(); err != nil {
		return err
	}
	_ = os.Remove(l.ours.socket)
	fresh, err := start(ctx, "server", l.work, l.nodeCommand(l.binary, "server"))
	if err != nil {
		return err
	}
	l.ours.side = fresh
	return nil
}

// stop ends the crowd first, so that the server has nobody to say goodbye to.
func (p *party) stop() error {
	_ = p.crowd.Close()
	_ = p.people.Wait() // its pipe is closed
	return p.side.stop()
}

// open adds sockets that follow cards.
func (p *party) open(tokens, cards []string, document string, count, window int) error {
	var opened crowd.Opened
	err := p.crowd.Call("Crowd.Open", crowd.Opening{Address: p.address, Count: count, Tokens: tokens, Cards: cards,
		Document: document, AtOnce: openAtOnce, Window: window}, &opened)
	if err == nil && opened.Resyncs > 0 {
		err = fmt.Errorf("%d streams of the %s began with RESYNC", opened.Resyncs, p.name)
	}
	return err
}

// openAtOnce keeps both processors busy.
const openAtOnce = 32

// close makes all sockets go.
func (p *party) close(keep bool) error { return p.crowd.Call("Crowd.Close", keep, &struct{}{}) }

func (p *party) expect(events int) error {
	return p.crowd.Call("Crowd.Expect", int64(events), &struct{}{})
}

// await gives what was delivered, and refuses to go on when something was lost or came twice.
func (p *party) await(w crowd.Waiting, events int) (crowd.Delivered, error) {
	var d crowd.Delivered
	err := p.crowd.Call("Crowd.Await", w, &d)
	switch {
	case err != nil:
		return d, err
	case d.Faults > 0 || d.Events != int64(events):
		return d, fmt.Errorf("the %s delivered %d events instead of %d, %d of them twice or out of order; %d sockets ended: %s",
			p.name, d.Events, events, d.Faults, d.Gone, d.Why)
	}
	return d, nil
}

// figures asks the server what it holds, after a collection of rubbish or as it is.
func (p *party) figures(ctx context.Context, path string) (inspect.Figures, error) {
	var found inspect.Figures
	body, err := p.inspect(ctx, path)
	if err != nil {
		return found, err
	}
	return found, json.Unmarshal(body, &found)
}

// memory is what the server holds when all rubbish is gone. Stacks shrink one half at each collection.
func (p *party) memory(ctx context.Context) (found inspect.Figures, err error) {
	for range 3 {
		if found, err = p.figures(ctx, "/memory"); err != nil {
			return found, err
		}
	}
	return found, nil
}

func (p *party) inspect(ctx context.Context, path string) ([]byte, error) {
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", p.socket)
		},
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://inspected"+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

// profiled runs something, and writes a profile of the product meanwhile where that is wanted.
func (l *liveBench) profiled(ctx context.Context, name string, run func() error) error {
	if l.profile == "" {
		return run()
	}
	if _, err := l.ours.inspect(ctx, "/profile/begin"); err != nil {
		return err
	}
	return errors.Join(run(), l.writeProfile(ctx, "/profile/end", name))
}

// writeProfile writes a profile of the product, for go tool pprof.
func (l *liveBench) writeProfile(ctx context.Context, path, name string) error {
	if l.profile == "" {
		return nil
	}
	found, err := l.ours.inspect(ctx, path)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.profile, "live-"+name+".pprof"), found, 0o600)
}

// checkFiles tells when the system does not let a process open as many sockets as are measured.
func (l *liveBench) checkFiles() error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if needed := uint64(l.size.sockets + 500); limit.Max < needed {
		return fmt.Errorf("a process may open %d files here, and %d are needed: raise the hard limit (ulimit -Hn), or use -short", limit.Max, needed)
	}
	return nil
}
