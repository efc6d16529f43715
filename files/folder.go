package files

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"
)

const (
	// incoming is where content is gathered until it is whole. No key begins with a dot.
	incoming = ".incoming"
	// abandoned is how old gathered content is that no process can still be working on.
	abandoned = 24 * time.Hour
	// Of other users of the machine nobody reads along.
	folderMode = 0o700
	fileMode   = 0o600
)

// Folder keeps content in a folder, a file for each key. Several servers may share the folder.
type Folder struct{ root *os.Root }

// OpenFolder opens the folder, and makes it where there is none. What a crash left half-written is removed.
func OpenFolder(name string) (*Folder, error) {
	if err := os.MkdirAll(name, folderMode); err != nil {
		return nil, fmt.Errorf("files: make the folder: %w", err)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("files: open the folder: %w", err)
	}
	f := &Folder{root: root}
	if err := f.tidy(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return f, nil
}

// Close lets go of the folder.
func (f *Folder) Close() error { return f.root.Close() }

// tidy removes gathered content that nobody will finish.
func (f *Folder) tidy() error {
	if err := f.root.MkdirAll(incoming, folderMode); err != nil {
		return fmt.Errorf("files: make the folder of what comes in: %w", err)
	}
	entries, err := fs.ReadDir(f.root.FS(), incoming)
	if err != nil {
		return fmt.Errorf("files: read the folder of what comes in: %w", err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || time.Since(info.ModTime()) < abandoned { //nolint:forbidigo // the folder has the clock of its machine
			continue // it has just left, or is at work
		}
		if err := f.root.Remove(path.Join(incoming, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("files: remove what nobody finished: %w", err)
		}
	}
	return nil
}

// Put writes a file beside its place, makes sure of it, and moves it there: a crash leaves the old content or
// the new one.
func (f *Folder) Put(_ context.Context, key string, content io.Reader) error {
	if err := checkKey(key); err != nil {
		return err
	}
	gathered, err := f.gather(content)
	if err != nil {
		return err
	}
	defer gathered.discard() // it finds nothing once the file has its place
	if err := gathered.file.Close(); err != nil {
		return fmt.Errorf("files: close %s: %w", key, err)
	}
	if err := f.place(gathered.name, key); err != nil {
		return fmt.Errorf("files: place %s: %w", key, err)
	}
	return nil
}

// gathered is content that is whole and durable, in a file that has no key yet.
type gathered struct {
	folder *Folder
	file   *os.File
	name   string
}

func (g gathered) discard() {
	_ = g.file.Close()
	_ = g.folder.root.Remove(g.name) // or the next start does
}

// gather writes content into a file of its own.
func (f *Folder) gather(content io.Reader) (gathered, error) {
	name := path.Join(incoming, rand.Text())
	file, err := f.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return gathered{}, fmt.Errorf("files: begin a file: %w", err)
	}
	g := gathered{folder: f, file: file, name: name}
	_, err = io.Copy(file, content)
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		g.discard()
		return gathered{}, fmt.Errorf("files: gather content: %w", err)
	}
	return g, nil
}

// place moves gathered content under its key. The folders above are made sure of too, or the file could be
// gone with them.
func (f *Folder) place(name, key string) error {
	parent := path.Dir(key)
	if err := f.root.MkdirAll(parent, folderMode); err != nil {
		return err
	}
	if err := f.root.Rename(name, key); err != nil {
		return err
	}
	for {
		if err := f.sync(parent); err != nil || parent == "." {
			return err
		}
		parent = path.Dir(parent)
	}
}

func (f *Folder) sync(folder string) error {
	opened, err := f.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}

// Get opens the file of a key.
func (f *Folder) Get(_ context.Context, key string, from int64) (io.ReadCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	file, err := f.root.Open(key)
	if err != nil {
		return nil, absent(key, err)
	}
	if _, err := file.Seek(from, io.SeekStart); err != nil {
		return nil, errors.Join(fmt.Errorf("files: open %s: %w", key, err), file.Close())
	}
	return file, nil
}

// Size asks for the file of a key.
func (f *Folder) Size(_ context.Context, key string) (int64, error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	info, err := f.root.Stat(key)
	if err != nil {
		return 0, absent(key, err)
	}
	return info.Size(), nil
}

// Delete removes the file of a key.
func (f *Folder) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := f.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("files: delete %s: %w", key, err)
	}
	return nil
}

func absent(key string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrNotFound, key)
	}
	return fmt.Errorf("files: open %s: %w", key, err)
}
