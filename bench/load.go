package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// connection speaks as much HTTP/1.1 as a load needs: it sends requests that were written beforehand and
// reads answers of a stated length or in chunks. It costs a fraction of net/http's client, whose share
// of the two cores would hide differences.
type connection struct {
	conn net.Conn
	in   *bufio.Reader
	body []byte
}

func dial(ctx context.Context, address string) (*connection, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &connection{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// close lets go; who is waiting for an answer gets an error.
func (c *connection) close() { _ = c.conn.Close() }

// do sends a request and gives the body of its answer, which is valid until the next one.
func (c *connection) do(request []byte) ([]byte, error) {
	if _, err := c.conn.Write(request); err != nil {
		return nil, err
	}
	status, length, chunked, err := c.head()
	if err != nil {
		return nil, err
	}
	c.body = c.body[:0]
	if chunked {
		err = c.chunks()
	} else {
		err = c.take(length)
	}
	if err == nil && (!bytes.Equal(status, []byte("200")) || bytes.Contains(c.body, []byte(`"errors":[`))) {
		err = fmt.Errorf("answered %s: %.500s", status, c.body)
	}
	return c.body, err
}

func (c *connection) head() (status []byte, length int, chunked bool, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, 0, false, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return nil, 0, false, errors.New("this is not HTTP")
	}
	status = bytes.Clone(line[len("HTTP/1.1 "):len("HTTP/1.1 200")])
	for {
		line, err = c.in.ReadSlice('\n')
		if err != nil || len(line) <= len("\r\n") {
			return status, length, chunked, err
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			length, err = strconv.Atoi(string(value))
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		}
		if err != nil {
			return status, length, chunked, err
		}
	}
}

func (c *connection) take(n int) error {
	from := len(c.body)
	c.body = slices.Grow(c.body, n)[:from+n]
	_, err := io.ReadFull(c.in, c.body[from:])
	return err
}

func (c *connection) chunks() error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return err
		}
		if err := c.take(int(n)); err != nil {
			return err
		}
		if _, err := c.in.Discard(len("\r\n")); err != nil || n == 0 {
			return err
		}
	}
}

// outcome is what a load found.
type outcome struct {
	latencies []time.Duration // in order once summed up
	took      time.Duration
	bytes     int64
	// statements is how many the other side sent to its database meanwhile.
	statements int64
	cpu        usage
}

func (o *outcome) add(more outcome) {
	o.latencies = append(o.latencies, more.latencies...)
	o.took += more.took
	o.bytes += more.bytes
	o.statements += more.statements
	o.cpu.side += more.cpu.side
	o.cpu.database += more.cpu.database
}

func (o *outcome) perSecond() float64 { return float64(len(o.latencies)) / o.took.Seconds() }

// quantile needs sorted latencies.
func (o *outcome) quantile(q float64) time.Duration {
	if len(o.latencies) == 0 {
		return 0
	}
	return o.latencies[min(int(q*float64(len(o.latencies))), len(o.latencies)-1)]
}

// load sends requests over so many connections until the time is over. The requests are taken in turn,
// so that both sides get the same ones.
func load(ctx context.Context, address string, requests [][]byte, connections int, duration time.Duration) (outcome, error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	var total outcome
	var failure error
	begun := time.Now()
	for n := range connections {
		all.Go(func() {
			one, err := loadOne(ctx, address, requests, n*len(requests)/connections, begun.Add(duration))
			mu.Lock()
			defer mu.Unlock()
			total.latencies = append(total.latencies, one.latencies...)
			total.bytes += one.bytes
			failure = errors.Join(failure, err)
		})
	}
	all.Wait()
	total.took = time.Since(begun)
	return total, failure
}

func loadOne(ctx context.Context, address string, requests [][]byte, from int, until time.Time) (outcome, error) {
	var found outcome
	c, err := dial(ctx, address)
	if err != nil {
		return found, err
	}
	defer c.close()
	stop := context.AfterFunc(ctx, c.close)
	defer stop()
	for i := from; ; i++ {
		sent := time.Now()
		if sent.After(until) {
			return found, nil
		}
		body, err := c.do(requests[i%len(requests)])
		if err != nil {
			return found, err
		}
		found.latencies = append(found.latencies, time.Since(sent))
		found.bytes += int64(len(body))
	}
}
