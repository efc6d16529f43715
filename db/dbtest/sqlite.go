package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"klantkaart/db"
)

// sqliteTemplate is the content of a migrated, empty database file. It is made once per test binary
// and written out for each test: far quicker than migrating.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) { return makeSQLiteTemplate(migrate) })

// sqliteCopy writes a template into a file of the test's own, and gives its URL.
func sqliteCopy(t testing.TB, made func() (content []byte, err error)) string {
	t.Helper()
	content, err := made()
	if err != nil {
		t.Fatalf("make the SQLite template: %v", err)
	}
	path := filepath.Join(t.TempDir(), "klantkaart.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// makeSQLiteTemplate has a context of its own: the first test that wants the template may end before
// the others do.
func makeSQLiteTemplate(fill func(ctx context.Context, url string) error) (content []byte, err error) {
	folder, err := os.MkdirTemp("", "klantkaart-template-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "template.db")
	if err := fill(context.Background(), "sqlite:"+path); err != nil {
		return nil, err
	}
	// What stayed in the journal would be missing from every copy.
	if journal, err := os.Stat(path + "-wal"); err == nil && journal.Size() > 0 {
		return nil, fmt.Errorf("closing the database left %d bytes in its journal", journal.Size())
	}
	return os.ReadFile(path)
}

// migrate brings the database at the URL to the state of this binary.
func migrate(ctx context.Context, url string) error {
	d, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	return errors.Join(d.Migrate(ctx), d.Close())
}
