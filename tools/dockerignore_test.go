package tools

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestDockerBuildHasItsSources holds .dockerignore to what the server is built from: a package that is
// missing there breaks the image, and no test else builds one.
func TestDockerBuildHasItsSources(t *testing.T) {
	t.Parallel()
	listed, err := os.ReadFile("../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./server")
	list.Dir = ".."
	packages, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(listed), "\n")
	found := 0
	for _, path := range strings.Fields(string(packages)) {
		path, ours := strings.CutPrefix(path, "klantkaart/")
		if !ours {
			continue
		}
		found++
		folder, _, _ := strings.Cut(path, "/")
		if !slices.Contains(lines, "!"+folder) {
			t.Errorf(".dockerignore keeps %s from the build", folder)
		}
	}
	if found == 0 {
		t.Error("the server has no package of this module")
	}
}
