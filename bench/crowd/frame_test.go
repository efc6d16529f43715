package crowd

import (
	"bytes"
	"testing"
)

func TestNext(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		head   []byte
		length int
	}{
		"short":  {[]byte{0x81, 5}, 5},
		"medium": {[]byte{0x81, 126, 1, 0}, 256},
		"long":   {[]byte{0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}, 65536},
	} {
		t.Run("waits for the end of a "+name+" frame", func(t *testing.T) {
			t.Parallel()
			read := append(bytes.Clone(one.head), bytes.Repeat([]byte("x"), one.length)...)
			read = append(read, "rest"...)
			for _, cut := range []int{0, 1, len(one.head) - 1, len(one.head), len(read) - len("rest") - 1} {
				if _, rest, ok, err := next(read[:cut]); ok || err != nil || len(rest) != cut {
					t.Errorf("of %d bytes it took a frame: %v, %v", cut, ok, err)
				}
			}
			found, rest, ok, err := next(read)
			if !ok || err != nil || !found.final || found.kind != textFrame || len(found.payload) != one.length || string(rest) != "rest" {
				t.Errorf("found %d bytes, rest %q, %v, %v", len(found.payload), rest, ok, err)
			}
		})
	}
	t.Run("refuses what a server may not send", func(t *testing.T) {
		t.Parallel()
		if _, _, _, err := next([]byte{0x81, 0x85, 0, 0, 0, 0}); err == nil {
			t.Error("took a masked frame")
		}
	})
	t.Run("reads what a client writes, but for the mask", func(t *testing.T) {
		t.Parallel()
		for _, length := range []int{0, 125, 126, 65535} {
			sent := written(textFrame, bytes.Repeat([]byte("x"), length))
			sent[1] &^= 0x80
			mask := len(sent) - length - 4
			found, _, ok, err := next(append(sent[:mask:mask], sent[mask+4:]...))
			if !ok || err != nil || len(found.payload) != length {
				t.Errorf("of %d bytes %d came through: %v, %v", length, len(found.payload), ok, err)
			}
		}
	})
}
