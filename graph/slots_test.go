package graph_test

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// probed is the variable that stands where what is tried goes.
const probed = "$probed"

// probe is an operation with one place in it that takes something from outside.
type probe struct {
	root  ast.Operation
	name  string // of the place, such as Mutation.addAttention(input.cardId)
	query string
	takes string   // ID, Position or String
	asks  []string // the types that the place may be about, the likeliest first
}

// prober walks the schema for every place that takes an id, a position in a log, a cursor or a text: arguments of all
// fields that can be reached, and the fields of their inputs, however deep. What is added to the schema is found too.
type prober struct {
	schema *ast.Schema
	names  []string                     // of the objects with an id, the longest first
	owned  func(asks []string) string   // an id of one's own that fits
	of     func(typeName string) string // an id of one's own of a type, if there is any
}

// probes gives all of them.
func (p *prober) probes() []probe {
	for name, definition := range p.schema.Types {
		if definition.Kind == ast.Object && slices.Contains(definition.Interfaces, "Node") {
			p.names = append(p.names, name)
		}
	}
	slices.SortFunc(p.names, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	var all []probe
	for _, root := range []ast.Operation{ast.Query, ast.Mutation, ast.Subscription} {
		definition := map[ast.Operation]*ast.Definition{ast.Query: p.schema.Query, ast.Mutation: p.schema.Mutation, ast.Subscription: p.schema.Subscription}[root]
		all = append(all, p.fields(root, definition, "{ ", " }")...)
	}
	roads := p.roads()
	for _, name := range sorted(roads) {
		all = append(all, p.fields(ast.Query, p.schema.Types[name], roads[name].before, roads[name].behind)...)
	}
	return all
}

func sorted[V any](by map[string]V) []string {
	var keys []string
	for key := range by {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// passage leads to an object.
type passage struct{ before, behind string }

// roads finds how to come to each type: by its id, or along fields that need nothing.
func (p *prober) roads() map[string]passage {
	roads := make(map[string]passage)
	queue := []string{}
	for _, name := range p.names {
		if id := p.of(name); id != "" {
			roads[name] = passage{`{ node(id: "` + id + `") { ... on ` + name + " { ", " } } }"}
			queue = append(queue, name)
		}
	}
	slices.Sort(queue)
	from := map[string]passage{"Query": {"{ ", " }"}}
	for name, w := range roads {
		from[name] = w
	}
	for queue = append([]string{"Query"}, queue...); len(queue) > 0; queue = queue[1:] {
		for _, field := range p.schema.Types[queue[0]].Fields {
			to := p.schema.Types[field.Type.Name()]
			if strings.HasPrefix(field.Name, "__") || len(needed(field)) > 0 {
				continue
			}
			for _, object := range p.schema.GetPossibleTypes(to) {
				if _, known := from[object.Name]; known || object.Kind != ast.Object {
					continue
				}
				w := passage{from[queue[0]].before + field.Name + " { ", " }" + from[queue[0]].behind}
				if object.Name != to.Name {
					w = passage{w.before + "... on " + object.Name + " { ", " }" + w.behind}
				}
				roads[object.Name], from[object.Name] = w, w
				queue = append(queue, object.Name)
			}
		}
	}
	return roads
}

// needed are the arguments that a field cannot do without.
func needed(field *ast.FieldDefinition) []*ast.ArgumentDefinition {
	var all []*ast.ArgumentDefinition
	for _, argument := range field.Arguments {
		if argument.Type.NonNull && argument.DefaultValue == nil {
			all = append(all, argument)
		}
	}
	return all
}

func (p *prober) fields(root ast.Operation, of *ast.Definition, before, behind string) []probe {
	var all []probe
	for _, field := range of.Fields {
		if strings.HasPrefix(field.Name, "__") {
			continue
		}
		for _, argument := range field.Arguments {
			for _, place := range p.places(argument.Type, argument.Name, field.Name+" "+field.Type.Name(), nil) {
				arguments := []string{argument.Name + ": " + place.literal}
				for _, other := range needed(field) {
					if other != argument {
						arguments = append(arguments, other.Name+": "+p.least(other.Type, other.Name, field.Name+" "+field.Type.Name()))
					}
				}
				steps := 1
				if root == ast.Mutation && place.takes == "String" { // what is looked for is in the refusals
					steps = 0
				}
				all = append(all, probe{root: root, name: of.Name + "." + field.Name + "(" + place.name + ")", takes: place.takes, asks: place.asks,
					query: string(root) + " (" + probed + ": " + place.takes + "!) " + before + "probed: " + field.Name + "(" + strings.Join(arguments, ", ") + ") " + p.selection(field.Type.Name(), steps) + behind})
			}
		}
	}
	return all
}

// slot is a literal of an argument with one place in it.
type slot struct {
	name, literal, takes string
	asks                 []string
}

// places finds the places within a type of an argument or of an input's field.
func (p *prober) places(given *ast.Type, name, around string, within []string) []slot {
	if given.Elem != nil {
		found := p.places(given.Elem, name, around, within)
		for i := range found {
			found[i].literal = "[" + found[i].literal + "]"
		}
		return found
	}
	definition := p.schema.Types[given.Name()]
	switch {
	case definition.Name == "ID":
		return []slot{{name, probed, "ID", p.about(name, around)}}
	case definition.Name == "Position" || definition.Name == "String":
		return []slot{{name, probed, definition.Name, nil}}
	case definition.Kind != ast.InputObject || slices.Contains(within, definition.Name):
		return nil
	}
	var all []slot
	for _, field := range definition.Fields {
		for _, found := range p.places(field.Type, field.Name, definition.Name+" "+around, append(within, definition.Name)) {
			fields := []string{field.Name + ": " + found.literal}
			for _, other := range definition.Fields {
				wanted := other.Type.NonNull && other.DefaultValue == nil || other.Name == "expectedVersion"
				if other != field && wanted && definition.Directives.ForName("oneOf") == nil {
					fields = append(fields, other.Name+": "+p.least(other.Type, other.Name, definition.Name+" "+around))
				}
			}
			found.name, found.literal = name+"."+found.name, "{"+strings.Join(fields, ", ")+"}"
			all = append(all, found)
		}
	}
	return all
}

// about guesses of which types an id is, by the names around it. A wrong guess costs a probe that finds less.
func (p *prober) about(name, around string) []string {
	var found []string
	for _, text := range []string{strings.TrimSuffix(strings.TrimSuffix(name, "s"), "Id"), around} {
		for _, one := range p.names {
			if text != "id" && strings.Contains(strings.ToLower(text), strings.ToLower(one)) {
				found = append(found, one)
			}
		}
	}
	roles := map[string]string{"handler": "User", "leader": "User", "guardian": "User", "manager": "User", "member": "User", "attendee": "User", "recipient": "User",
		"author": "User", "actor": "User", "owner": "Customer", "to": "Customer", "from": "Customer", "card": "Customer", "engagement": "Project", "attachment": "File"}
	for _, part := range sorted(roles) {
		if strings.Contains(strings.ToLower(name), part) {
			found = append(found, roles[part])
		}
	}
	return append(found, "LookupValue", "User", "Contact")
}

// least writes the least that a type accepts, with ids of one's own.
func (p *prober) least(given *ast.Type, name, around string) string {
	switch definition := p.schema.Types[given.Name()]; {
	case given.Elem != nil && given.Elem.Name() == "Right":
		return "[]"
	case given.Elem != nil:
		return "[" + p.least(given.Elem, name, around) + "]"
	case definition.Name == "ID":
		return `"` + p.owned(p.about(name, around)) + `"`
	case definition.Kind == ast.InputObject:
		var fields []string
		for _, field := range definition.Fields {
			if field.Type.NonNull && field.DefaultValue == nil || definition.Directives.ForName("oneOf") != nil && len(fields) == 0 {
				fields = append(fields, field.Name+": "+p.least(field.Type, field.Name, definition.Name+" "+around))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	return least(p.schema, given)
}

// selection asks for all that a type holds, so many steps far. Lists by key and payloads are no step.
func (p *prober) selection(typeName string, steps int) string {
	definition := p.schema.Types[typeName]
	switch definition.Kind {
	case ast.Scalar, ast.Enum:
		return ""
	case ast.Union, ast.Interface:
		var kinds []string
		for _, object := range p.schema.GetPossibleTypes(definition) {
			kinds = append(kinds, "... on "+object.Name+" "+p.aliased(object, strings.ToLower(object.Name)+"_", max(steps-1, 0)))
		}
		slices.Sort(kinds)
		return "{ __typename " + strings.Join(kinds, " ") + " }"
	}
	return p.aliased(definition, "", steps)
}

func (p *prober) aliased(definition *ast.Definition, prefix string, steps int) string {
	fields := []string{"__typename"}
	for _, field := range definition.Fields {
		to := p.schema.Types[field.Type.Name()]
		alias := field.Name
		if prefix != "" {
			alias = prefix + field.Name + ": " + field.Name
		}
		switch {
		case strings.HasPrefix(field.Name, "__") || len(needed(field)) > 0:
		case to.Kind == ast.Scalar || to.Kind == ast.Enum:
			fields = append(fields, alias)
		case isFrame(to) || strings.HasSuffix(definition.Name, "Payload") || strings.HasSuffix(to.Name, "UserError"):
			if steps > 0 || !strings.HasSuffix(to.Name, "Connection") {
				fields = append(fields, alias+" "+p.selection(to.Name, min(steps, 1)))
			}
		case isFrame(definition) && field.Name == "nodes":
			fields = append(fields, alias+" "+p.selection(to.Name, steps-1))
		case steps > 0 && !isFrame(definition):
			fields = append(fields, alias+" "+p.selection(to.Name, steps-1))
		}
	}
	return "{ " + strings.Join(fields, " ") + " }"
}

// isFrame tells whether a type is a frame around what is asked for, not that itself.
func isFrame(definition *ast.Definition) bool {
	return strings.HasSuffix(definition.Name, "Connection") || definition.Name == "PageInfo"
}
