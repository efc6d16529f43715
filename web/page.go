package web

import (
	"bytes"
	"cmp"
	"html/template"
	"strings"
)

const operations = "explorer/operations/"

// pageSettings is what the page reads at its start; explorer/src/main.jsx is its reader.
type pageSettings struct {
	Endpoint   string      `json:"endpoint"`
	Socket     string      `json:"socket"`
	Colleagues []Colleague `json:"colleagues"`
	// Prepare is the query that finds what the variables below name as "{{path.of.the.answer}}".
	Prepare    string      `json:"prepare"`
	Operations []operation `json:"operations"`
}

// operation is a prepared operation: a tab of GraphiQL.
type operation struct {
	Name      string `json:"name"`
	Query     string `json:"query"`
	Variables string `json:"variables"`
}

// indexPage renders the page once: its settings do not depend on the request.
func indexPage(settings Settings, assets map[string]*asset) *asset {
	page := pageSettings{
		Endpoint:   cmp.Or(settings.Endpoint, "/graphql"),
		Socket:     cmp.Or(settings.Socket, "/graphql"),
		Colleagues: append([]Colleague{}, settings.Colleagues...),
		Prepare:    string(mustReadFile(operations + "Prepare.graphql")),
		Operations: preparedOperations(),
	}
	source := template.Must(template.ParseFS(files, "explorer/index.html"))
	var html bytes.Buffer
	if err := source.Execute(&html, struct {
		Page    pageSettings
		Version func(name string) string
	}{page, func(name string) string { return assets[name].version }}); err != nil {
		panic(err) // the template is embedded, so that a test sees it fail
	}
	return newAsset("index.html", html.Bytes())
}

// preparedOperations reads the operations in the order of their files: "2-Name.graphql", with "2-Name.json" for
// variables where it has some.
func preparedOperations() []operation {
	var prepared []operation
	for _, entry := range mustReadDir("explorer/operations") {
		file, isQuery := strings.CutSuffix(entry.Name(), ".graphql")
		_, name, isNumbered := strings.Cut(file, "-")
		if !isQuery || !isNumbered {
			continue
		}
		variables, _ := files.ReadFile(operations + file + ".json")
		prepared = append(prepared, operation{
			Name:      name,
			Query:     string(mustReadFile(operations + entry.Name())),
			Variables: string(variables),
		})
	}
	return prepared
}
