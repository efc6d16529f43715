package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// mergeableFields is the rule "Field Selection Merging" (GraphQL specification, 5.3.2): what appears
// under one name in the answer must be one thing. The specification compares every pair of fields.
// This follows Adameit's "GraphQL Overlapping Fields Can Be Merged Fast": the fields of one name are
// gathered from all places first and then compared with the first of them, which is enough because
// sameness is transitive.
func mergeableFields(observers *core.Events, addError core.AddErrFunc) {
	observers.OnOperation(func(walker *core.Walker, operation *ast.OperationDefinition) {
		m := &merging{schema: walker.Schema, addError: addError, left: maxMerging}
		root := []ast.SelectionSet{operation.SelectionSet}
		m.sameShape(root)
		m.sameField(root)
		if m.left < 0 {
			addError(overBudget)
		}
	})
}

func overBudget(err *gqlerror.Error) {
	*err = *overLimit(MergingLimit, "Te veel velden om onder dezelfde namen samen te voegen: ten hoogste %s.",
		"Too many fields to be merged under the same names: at most %s.", endless, maxMerging)
}

type merging struct {
	schema   *ast.Schema
	addError core.AddErrFunc
	left     int // how many more fields may be looked at
}

// sameShape demands that fields of one name have types that a client can read the same way, even where
// only one of them will be there.
func (m *merging) sameShape(sets []ast.SelectionSet) {
	for _, group := range m.byName(sets) {
		first := group[0]
		other := slices.IndexFunc(group, func(f *ast.Field) bool { return m.differentShape(first, f) })
		if other >= 0 {
			m.conflict(group[other], fmt.Sprintf("they return conflicting types %q and %q",
				first.Definition.Type.String(), group[other].Definition.Type.String()))
			continue
		}
		m.sameShape(selections(group))
	}
}

func (m *merging) differentShape(a, b *ast.Field) bool {
	if a.Definition == nil || b.Definition == nil {
		return false // another rule refuses the unknown field
	}
	return m.conflicting(a.Definition.Type, b.Definition.Type)
}

// conflicting tells whether two types read differently. What two composite types hold is compared
// field by field.
func (m *merging) conflicting(a, b *ast.Type) bool {
	if a.NonNull != b.NonNull || (a.Elem == nil) != (b.Elem == nil) {
		return true
	}
	if a.Elem != nil {
		return m.conflicting(a.Elem, b.Elem)
	}
	if m.schema.Types[a.NamedType].IsLeafType() || m.schema.Types[b.NamedType].IsLeafType() {
		return a.NamedType != b.NamedType
	}
	return false
}

// sameField demands that fields of one name that can be there at once are the same field with the same
// arguments.
func (m *merging) sameField(sets []ast.SelectionSet) {
	for _, group := range m.byName(sets) {
		for _, together := range byParent(group) {
			first := together[0]
			other := slices.IndexFunc(together, func(f *ast.Field) bool { return differentField(first, f) != "" })
			if other >= 0 {
				m.conflict(together[other], differentField(first, together[other]))
				continue
			}
			m.sameField(selections(together))
		}
	}
}

// byParent parts the fields of one name by the object type they stand on, for an object has one type
// only. Fields of interfaces and unions may be there with any of them.
func byParent(group []*ast.Field) [][]*ast.Field {
	var objects []string
	for _, field := range group {
		if name := objectName(field); name != "" && !slices.Contains(objects, name) {
			objects = append(objects, name)
		}
	}
	if len(objects) < 2 {
		return [][]*ast.Field{group}
	}
	parts := make([][]*ast.Field, len(objects))
	for i, object := range objects {
		for _, field := range group {
			if name := objectName(field); name == "" || name == object {
				parts[i] = append(parts[i], field)
			}
		}
	}
	return parts
}

// objectName names the object type that the field stands on; nothing for an interface, a union, or a
// field that another rule refuses.
func objectName(field *ast.Field) string {
	if field.ObjectDefinition == nil || field.ObjectDefinition.Kind != ast.Object || field.Definition == nil {
		return ""
	}
	return field.ObjectDefinition.Name
}

func differentField(a, b *ast.Field) string {
	switch {
	case a.ObjectDefinition == nil || b.ObjectDefinition == nil:
		return ""
	case a.Name != b.Name:
		return fmt.Sprintf("%q and %q are different fields", a.Name, b.Name)
	case !sameArguments(a.Arguments, b.Arguments):
		return "they have differing arguments"
	}
	return ""
}

func sameArguments(a, b ast.ArgumentList) bool {
	if len(a) != len(b) {
		return false
	}
	for _, argument := range a {
		other := b.ForName(argument.Name)
		if other == nil || !sameValue(argument.Value, other.Value) {
			return false
		}
	}
	return true
}

// sameValue compares values as written. The order of an object's fields does not matter.
func sameValue(a, b *ast.Value) bool {
	if a.Kind != b.Kind || a.Raw != b.Raw || len(a.Children) != len(b.Children) {
		return false
	}
	ofA, ofB := a.Children, b.Children
	if a.Kind == ast.ObjectValue {
		ofA, ofB = sorted(ofA), sorted(ofB)
	}
	return slices.EqualFunc(ofA, ofB, func(a, b *ast.ChildValue) bool {
		return a.Name == b.Name && sameValue(a.Value, b.Value)
	})
}

func sorted(children ast.ChildValueList) ast.ChildValueList {
	return slices.SortedStableFunc(slices.Values(children), func(a, b *ast.ChildValue) int {
		return strings.Compare(a.Name, b.Name)
	})
}

func selections(fields []*ast.Field) []ast.SelectionSet {
	var sets []ast.SelectionSet
	for _, field := range fields {
		if len(field.SelectionSet) > 0 {
			sets = append(sets, field.SelectionSet)
		}
	}
	return sets
}

// byName gathers the fields of some selections, with those of their fragments, by the name they have
// in the answer, in the order in which the names appear. It finds nothing once too much was looked at.
func (m *merging) byName(sets []ast.SelectionSet) [][]*ast.Field {
	g := gathering{places: map[string]int{}, spread: map[string]bool{}}
	for _, set := range sets {
		g.add(set)
	}
	m.left -= g.fields
	if m.left < 0 {
		return nil
	}
	return g.groups
}

type gathering struct {
	groups [][]*ast.Field
	places map[string]int
	spread map[string]bool // fragments that are in already
	fields int
}

func (g *gathering) add(set ast.SelectionSet) {
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			g.addField(selection)
		case *ast.InlineFragment:
			g.add(selection.SelectionSet)
		case *ast.FragmentSpread:
			if selection.Definition != nil && !g.spread[selection.Name] {
				g.spread[selection.Name] = true
				g.add(selection.Definition.SelectionSet)
			}
		}
	}
}

func (g *gathering) addField(field *ast.Field) {
	g.fields++
	place, known := g.places[field.Alias]
	if !known {
		place = len(g.groups)
		g.places[field.Alias] = place
		g.groups = append(g.groups, nil)
	}
	g.groups[place] = append(g.groups[place], field)
}

func (m *merging) conflict(field *ast.Field, reason string) {
	m.addError(core.Message(`Fields "%s" conflict because %s. Use different aliases on the fields to fetch both if this was intentional.`,
		field.Alias, reason), core.At(field.Position))
}
