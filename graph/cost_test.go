package graph

import "testing"

func TestPrice(t *testing.T) {
	t.Parallel()
	documents := newDocuments(contract(t))
	for name, given := range map[string]struct {
		query     string
		variables map[string]any
		want      int
	}{
		"of a field is one": {`{ __typename }`, nil, 1},
		"of an object is one more than that of its fields": {`{ viewer { user { id name } } }`, nil, 4},
		"of a page is that of its rows":                    {`{ customers(first: 10) { totalCount nodes { id name } } }`, nil, 1 + 1 + 1 + 10*2},
		"of edges is, too":                                 {`{ customers(first: 10) { edges { cursor node { id } } } }`, nil, 1 + 1 + 10*(1+1+1)},
		"of a page from the end is, too":                   {`{ customers(last: 10) { nodes { id } } }`, nil, 12},
		"of a page without a size is that of 25 rows":      {`{ customers { nodes { id } } }`, nil, 27},
		"of a page whose size is null is, too":             {`{ customers(first: null) { nodes { id } } }`, nil, 27},
		"takes sizes from variables":                       {`query($n: Int) { customers(first: $n) { nodes { id } } }`, map[string]any{"n": int64(7)}, 9},
		"takes variables that are absent for none":         {`query($n: Int) { customers(first: $n) { nodes { id } } }`, nil, 27},
		"takes defaults of variables":                      {`query($n: Int = 3) { customers(first: $n) { nodes { id } } }`, nil, 5},
		"takes the schema's defaults":                      {`{ search(text: "ab") { title } }`, nil, 11},
		"takes a size that is refused for the nearest":     {`{ customers(first: 5000) { nodes { id } } }`, nil, 102},
		"takes one below zero for the least":               {`{ customers(first: -5) { nodes { id } } }`, nil, 3},
		"multiplies page by page":                          {`{ customers(first: 10) { nodes { contacts(first: 5) { nodes { id } } } } }`, nil, 2 + 10*(2+5)},
		"counts each id that is asked for":                 {`{ nodes(ids: ["a", "b", "c"]) { id } }`, nil, 4},
		"counts ids in variables":                          {`query($i: [ID!]!) { nodes(ids: $i) { id } }`, map[string]any{"i": []any{"a", "b"}}, 3},
		"counts other lists as ten":                        {`{ customers(first: 1) { nodes { attentions { id } } } }`, nil, 2 + 1*(1+10)},
		"counts a fragment where it is spread":             {`{ customers(first: 2) { ...A } a: customers(first: 4) { ...A } } fragment A on CustomerConnection { nodes { id } }`, nil, 4 + 6},
		"counts inline fragments":                          {`{ customers(first: 2) { ... { nodes { ... on Customer { id } } } } }`, nil, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, faults := documents.load(given.query)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			if got := price(doc.Operations[0], given.variables); got != given.want {
				t.Errorf("price is %d, want %d", got, given.want)
			}
		})
	}
	t.Run("does not overflow", func(t *testing.T) {
		t.Parallel()
		// Twelve levels are the most that is let in; this is how many values they can hold.
		doc, faults := documents.load(`{ customers(first: 100) { nodes { contacts(first: 100) { nodes { communications(first: 100) { nodes {
			contacts { communications(first: 100) { nodes { contacts { name } } } } } } } } } } }`)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		if got := price(doc.Operations[0], nil); got != endless {
			t.Errorf("price is %d", got)
		}
	})
	t.Run("that is too high is refused with the limit", func(t *testing.T) {
		t.Parallel()
		if checkCost(MaxCost) != nil {
			t.Error("the highest price is refused")
		}
		fault := checkCost(MaxCost + 1)
		if fault == nil || fault.Extensions["code"] != CostLimit || fault.Extensions["requested"] != MaxCost+1 || fault.Extensions["maximum"] != MaxCost {
			t.Errorf("fault is %v", fault)
		}
	})
}
