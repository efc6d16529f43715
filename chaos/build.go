package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// patch is a change of the source that is made while building, and nowhere else.
type patch struct {
	file     string // from the module's root
	old, new string // old stands in the file exactly once
}

// builder builds the server, as it is or with patches.
type builder struct {
	root   string // of the module
	folder string
	race   bool
}

// moduleRoot is the folder of the module.
func moduleRoot(ctx context.Context) (string, error) {
	output, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("look for the module: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(output))), nil
}

// build gives the path of a server with the patches.
func (b builder) build(ctx context.Context, name string, patches []patch) (string, error) {
	binary := filepath.Join(b.folder, name)
	arguments := []string{"build", "-o", binary}
	if b.race {
		arguments = append(arguments, "-race")
	}
	if len(patches) > 0 {
		overlay, err := b.overlay(name, patches)
		if err != nil {
			return "", err
		}
		arguments = append(arguments, "-overlay", overlay)
	}
	command := exec.CommandContext(ctx, "go", append(arguments, "./server")...) //nolint:gosec // a folder of our own
	command.Dir = b.root
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, output)
	}
	return binary, nil
}

// overlay writes the patched files and the list that go build takes.
func (b builder) overlay(name string, patches []patch) (string, error) {
	replaced := map[string]string{}
	for _, one := range patches {
		path := filepath.Join(b.root, one.file)
		from := path
		if already, ok := replaced[path]; ok {
			from = already
		}
		source, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		patched, err := one.apply(string(source))
		if err != nil {
			return "", err
		}
		replaced[path] = filepath.Join(b.folder, name+"-"+strings.ReplaceAll(one.file, "/", "-"))
		if err := os.WriteFile(replaced[path], []byte(patched), 0o600); err != nil { //nolint:gosec // a folder of our own
			return "", err
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.folder, name+"-overlay.json")
	return path, os.WriteFile(path, list, 0o600)
}

var errPatch = errors.New("the patch does not fit")

// apply changes the source.
func (p patch) apply(source string) (string, error) {
	if n := strings.Count(source, p.old); n != 1 {
		return "", fmt.Errorf("%w: %s holds %d times: %s", errPatch, p.file, n, p.old)
	}
	return strings.Replace(source, p.old, p.new, 1), nil
}
