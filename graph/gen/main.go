// Command gen writes graph/generated: it runs gqlgen, and then shortens what gqlgen writes for plain
// values, objects and lists. gqlgen passes each field through a context, four closures and a
// middleware chain; that is for resolvers, and costs some twenty times as much as writing a value
// that is there. Resolvers stay as gqlgen writes them. See docs/decisions/generated-code.md.
package main

import (
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	settings, err := config.LoadConfigFromDefaultLocations()
	if err != nil {
		return fmt.Errorf("read gqlgen.yml: %w", err)
	}
	if err := api.Generate(settings); err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	files, err := filepath.Glob("graph/generated/*.generated.go")
	if err != nil {
		return err
	}
	shortened := 0
	for _, file := range files {
		n, err := shorten(file)
		if err != nil {
			return err
		}
		shortened += n
	}
	if shortened == 0 {
		return fmt.Errorf("nothing was shortened: gqlgen writes its code in another form now")
	}
	return nil
}

// The forms in which gqlgen writes what is shortened.
var (
	// A field that is a plain value: it comes from a struct field or a method without context or error.
	plainField = regexp.MustCompile(`(?s)(func \(ec \*executionContext\) _\w+\(ctx context\.Context, field graphql\.CollectedField, obj \*?[\w.\[\]*/]+\) \(ret graphql\.Marshaler\) \{\n)` +
		`\treturn graphql\.ResolveField\(\n\t\tctx,\n\t\tec\.OperationContext,\n\t\tfield,\n` +
		`\t\tfunc\(ctx context\.Context, field graphql\.CollectedField\) \(\*graphql\.FieldContext, error\) \{\n\t\t\treturn ec\.fieldContext_\w+\(ctx, field\)\n\t\t\},\n` +
		`\t\tfunc\(ctx context\.Context\) \(any, error\) \{\n\t\t\treturn (obj\.\w+(?:\(\))?), nil\n\t\t\},\n\t\tnil,\n` +
		`\t\tfunc\(ctx context\.Context, selections ast\.SelectionSet, v [^\n]+\) graphql\.Marshaler \{\n\t\t\treturn ec\.(\S+?)\(ctx, selections, v\)\n\t\t\},\n` +
		`\t\ttrue,\n\t\t(?:true|false),\n\t\)\n\}\nfunc \(ec \*executionContext\) fieldContext_\w+\([^\n]*\n\treturn graphql\.NewScalarFieldContext\(`)
	scalarContext = regexp.MustCompile(`\nfunc \(ec \*executionContext\) fieldContext_\w+\([^\n]*\n\treturn graphql\.NewScalarFieldContext\($`)
	list          = "graphql.MarshalSliceConcurrently("
	resolve       = "out.ResolveConcurrently("
	deferred      = "graphql.NewDeferredGroup(ctx)" // @defer is refused before execution
	imported      = regexp.MustCompile(`(?m)^\t"([\w./-]+)"\n`)
	object        = regexp.MustCompile(`\treturn out\n\}`)
)

// shorten rewrites one file and tells how many plain fields it held.
func shorten(file string) (int, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	fields := 0
	text := plainField.ReplaceAllStringFunc(string(source), func(match string) string {
		fields++
		part := plainField.FindStringSubmatch(match)
		return part[1] + "\treturn ec." + part[3] + "(ctx, field.Selections, " + part[2] + ")\n}" + scalarContext.FindString(match)
	})
	text = strings.ReplaceAll(text, list, "fast.Slice(")
	text = strings.ReplaceAll(text, resolve, "fast.Resolve(ctx, out, ")
	text = strings.ReplaceAll(text, deferred, "graphql.DeferredGroup{}")
	text = object.ReplaceAllString(text, "\treturn &fast.Object{Fields: fields, Values: out.Values}\n}")
	if strings.Contains(text, "fast.") {
		text = strings.Replace(text, "import (\n", "import (\n\t\"klantkaart/graph/fast\"\n", 1)
	}
	text = imported.ReplaceAllStringFunc(text, func(line string) string {
		path := imported.FindStringSubmatch(line)[1]
		if strings.Contains(text, path[strings.LastIndex(path, "/")+1:]+".") {
			return line
		}
		return ""
	})
	formatted, err := format.Source([]byte(text))
	if err != nil {
		return 0, fmt.Errorf("format %s: %w", file, err)
	}
	return fields, os.WriteFile(file, formatted, 0o644) //nolint:gosec // source code is readable
}
