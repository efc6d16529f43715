package crmtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
	"klantkaart/files"
)

// loaded is what a demo office consists of besides its database.
type loaded struct {
	lastID  uint64
	signals []crm.Signal
	files   string // a folder
}

// The demo office is loaded once per engine; tests get copies.
var (
	template = dbtest.NewTemplate(load)
	besides  sync.Map // of each engine the *loaded
	folders  = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "klantkaart-demo-") })
)

// Main runs the tests of a package, and removes what their offices were copied from.
func Main(m *testing.M) {
	code := m.Run()
	if err := removeTemplates(); err != nil {
		fmt.Fprintln(os.Stderr, "remove the templates:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func removeTemplates() error {
	folder, err := folders()
	if err != nil {
		return err
	}
	return errors.Join(template.Drop(), os.RemoveAll(folder))
}

// load fills a database with the demo office, and remembers what belongs to it.
func load(ctx context.Context, d *db.DB) error {
	folder, err := folders()
	if err != nil {
		return err
	}
	folder = filepath.Join(folder, string(d.Engine()))
	kept, err := files.OpenFolder(folder)
	if err != nil {
		return err
	}
	o := newOffice(d, kept)
	services, err := o.services(&Post{})
	if err != nil {
		return err
	}
	if _, err := crm.LoadDemo(ctx, d, services); err != nil {
		return err
	}
	besides.Store(d.Engine(), &loaded{lastID: o.ids.last, signals: o.signals.take(), files: folder})
	return kept.Close()
}

// Each runs the body once per engine, side by side, each time on a demo office of its own, as New loads it.
// The body is already parallel; it must not call t.Parallel itself.
func Each(t *testing.T, run func(t *testing.T, o *Office)) {
	t.Helper()
	dbtest.EachEngine(t, func(t *testing.T, engine string) { run(t, Open(t, engine)) })
}

// Open copies the demo office for a test on an engine.
func Open(t testing.TB, engine string) *Office {
	t.Helper()
	d := template.Open(t, engine)
	value, _ := besides.Load(d.Engine())
	from, _ := value.(*loaded)
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(from.files)); err != nil {
		t.Fatal(err)
	}
	o := on(t, d, folder)
	o.ids.last = from.lastID
	o.signals.sent = slices.Clone(from.signals)
	o.meet()
	return o
}
