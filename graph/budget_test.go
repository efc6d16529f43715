package graph

import (
	"strings"
	"testing"
)

func TestValuesIn(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]int{
		`null`: 0,
		`{}`:   0,
		`{"a":1,"b":{"c":"10:00:00","d":[1,2,{"e":null}]}}`:     5,
		`{"a":"he said \"no\": never","b":"https://x.example"}`: 3, // one too many, for the text
	} {
		if got := valuesIn([]byte(data)); got != want {
			t.Errorf("%s has %d values, want %d", data, got, want)
		}
	}
}

// BenchmarkValuesIn measures counting the values of a card of 10 KB.
func BenchmarkValuesIn(b *testing.B) {
	data := []byte("[" + strings.Repeat(`{"name":"Bakkerij De Vries","at":"2026-11-23T10:00:00.000Z"},`, 170) + "{}]")
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		valuesIn(data)
	}
}
