package graph

import "github.com/vektah/gqlparser/v2/ast"

// uses is what an operation asks for that must be known before it runs.
type uses struct {
	// cursor: a place in the log that is read before any card is.
	cursor bool
	// perViewer: something that depends on who asks, beyond what they may see.
	perViewer bool
}

// usesOf looks through the valid operations of a document, each fragment once.
func usesOf(doc *ast.QueryDocument) map[*ast.OperationDefinition]uses {
	found := make(map[*ast.OperationDefinition]uses, len(doc.Operations))
	known := map[*ast.FragmentDefinition]uses{}
	for _, operation := range doc.Operations {
		found[operation] = usesIn(operation.SelectionSet, known)
	}
	return found
}

func usesIn(set ast.SelectionSet, known map[*ast.FragmentDefinition]uses) uses {
	var all uses
	add := func(some uses) { all = uses{all.cursor || some.cursor, all.perViewer || some.perViewer} }
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			add(uses{
				cursor:    selection.Name == "eventCursor",
				perViewer: selection.Definition != nil && selection.Definition.Directives.ForName("perViewer") != nil,
			})
			add(usesIn(selection.SelectionSet, known))
		case *ast.InlineFragment:
			add(usesIn(selection.SelectionSet, known))
		case *ast.FragmentSpread:
			of, seen := known[selection.Definition]
			if !seen {
				of = usesIn(selection.Definition.SelectionSet, known)
				known[selection.Definition] = of
			}
			add(of)
		}
	}
	return all
}
