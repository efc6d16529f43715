package transport

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// FuzzMessage compares the parser with encoding/json: what it takes is JSON, and says the same to both.
func FuzzMessage(f *testing.F) {
	for _, text := range []string{
		`{"type":"connection_init","payload":{"authorization":"Bearer x","clientId":"\u0041"}}`,
		`{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":{"a":[1,{"b":"\"}"}]},"operationName":null,"extensions":{}}}`,
		` { "id" : "\\" , "type" : "complete" , "x" : [ 1.5e3 , null ] } `,
		`{"type":"ping","payload":null}`, `{"type":"p\u0069ng"}`, `{}`, `{"":""}`, `[{"type":"ping"}]`, `{"type":"pong","payload":{}}`, "\xff", `{"type":"ping"`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parse(bytes.Clone(text))
		if err != nil {
			return
		}
		if !utf8.Valid(text) {
			t.Fatalf("%q is no UTF-8", text)
		}
		var same map[string]json.RawMessage
		if err := json.Unmarshal(text, &same); err != nil {
			t.Fatalf("%q is no object: %v", text, err)
		}
		expectText(t, "type", same["type"], m.kind)
		if m.kind == kindSubscribe || m.kind == kindComplete {
			expectText(t, "id", same["id"], m.id)
		}
		if m.payload != nil && !bytes.Equal(m.payload, same["payload"]) {
			t.Fatalf("payload is %s in %s", m.payload, text)
		}
		_, _ = m.hello()
		if m.kind == kindSubscribe {
			compareRequest(t, m)
		}
	})
}

func compareRequest(t *testing.T, m incoming) {
	t.Helper()
	params, err := m.request()
	if err != nil {
		return
	}
	var same map[string]json.RawMessage
	if err := json.Unmarshal(m.payload, &same); err != nil {
		t.Fatal(err)
	}
	expectText(t, "query", same["query"], params.Query)
	if params.OperationName != "" {
		expectText(t, "operationName", same["operationName"], params.OperationName)
	}
	decoder := json.NewDecoder(bytes.NewReader(append(same["variables"], ' ')))
	decoder.UseNumber()
	var variables map[string]any
	_ = decoder.Decode(&variables)
	if got, want := string(encoded(params.Variables)), string(encoded(variables)); got != want {
		t.Fatalf("variables are %s, want %s", got, want)
	}
}

func expectText(t *testing.T, name string, value json.RawMessage, got string) {
	t.Helper()
	var want string
	if err := json.Unmarshal(value, &want); err != nil || got != want {
		t.Fatalf("%s is %q, want %q, %v", name, got, want, err)
	}
}

func TestFrames(t *testing.T) {
	t.Parallel()
	t.Run("have the length that they have", func(t *testing.T) {
		t.Parallel()
		for size, head := range map[int]string{
			0: "\x81\x00", 125: "\x81\x7d", 126: "\x81\x7e\x00\x7e", 65535: "\x81\x7e\xff\xff", 65536: "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00",
		} {
			text := strings.Repeat("x", size)
			if f := newFrame().text("", text, nil, ""); string(f.rest) != head+text {
				t.Errorf("%d bytes begin with %q", size, f.rest[:10])
			}
		}
	})
	t.Run("stand behind one another", func(t *testing.T) {
		t.Parallel()
		f := newFrame().next(`"1"`, []byte(`{}`)).completed(`"1"`)
		if want := "\x81\x24" + `{"id":"1","type":"next","payload":{}}`; !strings.HasPrefix(string(f.rest), "\x81"+string(rune(len(want)-2))) {
			t.Errorf("it is %q", f.rest)
		}
	})
	t.Run("tell why a socket ends, whole characters of it", func(t *testing.T) {
		t.Parallel()
		f := newFrame().close(Ending{Code: 4409, Reason: strings.Repeat("x", 122) + "é"})
		if want := "\x88\x7c\x11\x39" + strings.Repeat("x", 122); string(f.rest) != want {
			t.Errorf("it is %q", f.rest)
		}
		if f := newFrame().close(Ending{}); string(f.rest) != "\x88\x00" {
			t.Errorf("without a code it is %q", f.rest)
		}
	})
	t.Run("carry errors", func(t *testing.T) {
		t.Parallel()
		if f := newFrame().failed(`"1"`, gqlerror.List{{Message: "x"}}); !strings.HasSuffix(string(f.rest), `{"id":"1","type":"error","payload":[{"message":"x"}]}`) {
			t.Errorf("it is %q", f.rest)
		}
	})
}
