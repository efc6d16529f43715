package transport

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/graph"
)

// script is a feed that gives what it was told to, and then its end.
type script struct {
	mu       sync.Mutex
	messages []*graph.Message
	end      error
	closed   bool
}

func (s *script) Next(context.Context) (*graph.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.messages) == 0 {
		return nil, s.end
	}
	message := s.messages[0]
	s.messages = s.messages[1:]
	return message, nil
}

func (s *script) Close() { s.closed = true }

// tell adds to the script while it is played.
func (s *script) tell(stream *Stream, end error, messages ...*graph.Message) {
	s.mu.Lock()
	s.messages, s.end = append(s.messages, messages...), end
	s.mu.Unlock()
	stream.Wake()
}

// pipes is a listener in memory, so that time can be the test's own.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	connection, open := <-p
	if !open {
		return nil, net.ErrClosed
	}
	return connection, nil
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// played is a stream that is being served, as a client reads it.
type played struct {
	stream     *Stream
	feed       *script
	connection net.Conn
	reader     *bufio.Reader
	served     chan error
}

// play serves a feed to a client that has read the beginning of the answer.
func play(t *testing.T, messages ...*graph.Message) *played {
	t.Helper()
	p := &played{stream: NewStream(), feed: &script{messages: messages}, served: make(chan error, 1)}
	listener := make(pipes, 1)
	server := &http.Server{ReadTimeout: 15 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.served <- p.stream.Serve(r.Context(), w, p.feed)
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	near, far := net.Pipe()
	listener <- far
	t.Cleanup(func() {
		_ = near.Close()
		close(listener)
		_ = server.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	p.connection = near
	go func() { _, _ = io.WriteString(near, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") }()
	response, err := http.ReadResponse(bufio.NewReader(near), nil) //nolint:bodyclose // the connection is, which ends it
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no"} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	p.reader = bufio.NewReader(response.Body)
	return p
}

// block reads up to the next empty line.
func (p *played) block(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for {
		line, err := p.reader.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after %q", err, text.String())
		}
		if line == "\n" {
			return text.String()
		}
		text.WriteString(line)
	}
}

func (p *played) expect(t *testing.T, blocks ...string) {
	t.Helper()
	for _, want := range blocks {
		if got := p.block(t); got != want {
			t.Errorf("the stream says %q, want %q", got, want)
		}
	}
}

// over demands that the stream ends here, in good order.
func (p *played) over(t *testing.T) {
	t.Helper()
	if rest, err := io.ReadAll(p.reader); err != nil || len(rest) > 0 {
		t.Errorf("the stream goes on with %q, %v", rest, err)
	}
	if err := <-p.served; err != nil {
		t.Error(err)
	}
}

func message(position, payload string) *graph.Message {
	return &graph.Message{Position: position, Payload: []byte(payload)}
}

// begun plays a feed and reads up to its first message.
func begun(t *testing.T, messages ...*graph.Message) *played {
	t.Helper()
	p := play(t, messages...)
	milliseconds, found := strings.CutPrefix(p.block(t), "retry: ")
	wait, err := strconv.Atoi(strings.TrimSpace(milliseconds))
	if !found || err != nil || wait < 1000 || wait >= 5000 {
		t.Errorf("a browser would wait for %q", milliseconds)
	}
	return p
}

func TestStream(t *testing.T) {
	t.Parallel()
	t.Run("writes results with their positions, and its end", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := begun(t, message("AQ", `{"data":{"n":1}}`), message("", `{"data":{"n":2}}`))
			p.expect(t, "id: AQ\nevent: next\ndata: {\"data\":{\"n\":1}}\n", "event: next\ndata: {\"data\":{\"n\":2}}\n")
			p.feed.tell(p.stream, io.EOF, message("Ag", "{\"data\":\r\n{\"n\":3}}\n"))
			p.expect(t, "id: Ag\nevent: next\ndata: {\"data\":  {\"n\":3}} \n", "event: complete\ndata:\n")
			p.over(t)
		})
	})
	t.Run("writes why a subscription ended, as its last result", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := begun(t)
			p.feed.tell(p.stream, &graph.Refusal{Errors: gqlerror.List{{Message: "gone"}}})
			p.expect(t, "event: next\ndata: {\"errors\":[{\"message\":\"gone\"}]}\n", "event: complete\ndata:\n")
			p.over(t)
		})
	})
	t.Run("ends without a completion when the client has to sign in", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := begun(t)
			p.feed.tell(p.stream, &graph.Refusal{Errors: gqlerror.List{{Message: "out", Extensions: map[string]any{"code": "UNAUTHENTICATED"}}}})
			p.expect(t, ": Session ended\n")
			p.over(t)
		})
	})
	t.Run("shows in time that it is alive, and lasts longer than a request may take", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := begun(t)
			for range 5 {
				before := time.Now()
				p.expect(t, ": \n")
				if silence := time.Since(before); silence < 15*time.Second || silence >= 25*time.Second {
					t.Errorf("it was silent for %v", silence)
				}
			}
			p.feed.tell(p.stream, nil, message("", `{}`))
			p.expect(t, "event: next\ndata: {}\n")
		})
	})
	t.Run("ends without a completion when it is ended", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := begun(t)
			p.stream.End(Restart)
			p.stream.End(Revoked)
			p.expect(t, ": Service restart\n")
			p.over(t)
		})
	})
	t.Run("ends at once when it was ended before it began, whatever there is", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s, w := NewStream(), &deaf{}
			s.End(Revoked)
			if err := s.Serve(t.Context(), w, &script{messages: []*graph.Message{message("", `secret`)}}); err != nil {
				t.Error(err)
			}
			if strings.Contains(w.heard, "secret") || !strings.HasSuffix(w.heard, ": Session ended\n\n") {
				t.Errorf("the stream says %q", w.heard)
			}
		})
	})
	t.Run("says what is wrong on this side", func(t *testing.T) {
		t.Parallel()
		broken := errors.New("broken")
		if err := NewStream().Serve(t.Context(), &deaf{}, &script{end: broken}); !errors.Is(err, broken) {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestStreamOfASlowClient(t *testing.T) {
	t.Parallel()
	large := message("", strings.Repeat("x", 10*maxPiece))
	t.Run("is cut off when the client takes nothing", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := begun(t, large)
			began := time.Now()
			if err := <-p.served; err != nil {
				t.Error(err)
			}
			if waited := time.Since(began); waited != stall {
				t.Errorf("it was cut off after %v", waited)
			}
		})
	})
	t.Run("goes on while the client takes something", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := begun(t, large)
			for range 70 {
				<-time.After(stall / 10)
				if _, err := io.CopyN(io.Discard, p.reader, maxPiece/8); err != nil {
					t.Fatal(err)
				}
			}
			p.feed.tell(p.stream, io.EOF)
			p.block(t)
			p.expect(t, "event: complete\ndata:\n")
			p.over(t)
		})
	})
	t.Run("ends soon when it is ended meanwhile", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := begun(t, large)
			synctest.Wait()
			p.stream.End(Restart)
			began := time.Now()
			if err := <-p.served; err != nil {
				t.Error(err)
			}
			if waited := time.Since(began); waited != farewell {
				t.Errorf("it ended after %v", waited)
			}
		})
	})
	t.Run("ends when the client leaves", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := begun(t)
			_ = p.connection.Close()
			if err := <-p.served; err != nil {
				t.Error(err)
			}
		})
	})
}

// deaf takes an answer and has no connection.
type deaf struct {
	header http.Header
	heard  string
}

func (d *deaf) Header() http.Header {
	if d.header == nil {
		d.header = http.Header{}
	}
	return d.header
}
func (d *deaf) WriteHeader(int) {}
func (d *deaf) Flush()          {}
func (d *deaf) Write(text []byte) (int, error) {
	d.heard += string(text)
	return len(text), nil
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	w := &deaf{}
	Answer(w, []byte(`{"data":{}}`))
	if _, said, _ := strings.Cut(w.heard, "\n\n"); said != "event: next\ndata: {\"data\":{}}\n\nevent: complete\ndata:\n\n" {
		t.Errorf("the stream says %q", w.heard)
	}
}
