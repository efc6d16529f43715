package db

import (
	"database/sql/driver"
	"fmt"
	"sync"

	"modernc.org/sqlite"
)

// registerFunctions gives SQLite what migrations need and it does not have.
var registerFunctions = sync.OnceValue(func() error {
	return sqlite.RegisterDeterministicScalarFunction("without_lone_dots", 1, withoutLoneDots)
})

// withoutLoneDots is a folded text without the dots behind letters that stand alone, for migration 20261209000000.
func withoutLoneDots(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	text, ok := args[0].(string)
	if !ok {
		return nil, fmt.Errorf("without_lone_dots of %T", args[0])
	}
	kept := make([]byte, 0, len(text))
	for i := range len(text) {
		if text[i] != '.' || !inWord(text, i-1) || text[i-1] < 'a' || inWord(text, i-2) {
			kept = append(kept, text[i])
		}
	}
	return string(kept), nil
}

func inWord(text string, at int) bool {
	return at >= 0 && ('a' <= text[at] && text[at] <= 'z' || '0' <= text[at] && text[at] <= '9')
}
