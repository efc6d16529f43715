package graph

import (
	"encoding/json"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/page"
)

// CostLimit is the code of an operation that may ask for too much.
const CostLimit = "COST_LIMIT"

const (
	// MaxCost is how many values an answer may hold. It is the unit of a price: one for each field, as
	// often as the pages around it have rows at most. Reading the whole schema costs half of it.
	MaxCost = 100_000
	// plainListSize is what a list without paging is priced at; what can be longer than 50 is paged.
	plainListSize = 10
	// workOfChange is the price of a change beside that of its answer, and heavyWork that of making a file of thousands of
	// rows.
	workOfChange = 10
	heavyWork    = 1000
)

// work prices what a mutation does beside answering: its fields, and each item of the lists that they are given. It
// counts for budgets alone.
func work(operation *ast.OperationDefinition, variables map[string]any) int {
	if operation.Operation != ast.Mutation {
		return 0
	}
	return workOf(operation.SelectionSet, variables)
}

func workOf(set ast.SelectionSet, variables map[string]any) int {
	sum := 0
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			sum += workOfChange
			if selection.Name == "exportList" || selection.Name == "runReport" {
				sum += heavyWork
			}
			for _, argument := range selection.Arguments {
				given, _ := argument.Value.Value(variables) // validation saw to it
				sum += items(given)
			}
		case *ast.InlineFragment:
			sum += workOf(selection.SelectionSet, variables)
		case *ast.FragmentSpread:
			sum += workOf(selection.Definition.SelectionSet, variables)
		}
	}
	return sum
}

// items counts those of all lists in a value.
func items(value any) (count int) {
	switch value := value.(type) {
	case []any:
		count = len(value)
		for _, one := range value {
			count += items(one)
		}
	case map[string]any:
		for _, one := range value {
			count += items(one)
		}
	}
	return count
}

// price tells how many values the answer to an operation can hold. The operation is valid, and the
// variables have their types.
func price(operation *ast.OperationDefinition, variables map[string]any) int {
	p := pricing{variables: variables, fragments: map[spreadOnPage]int{}}
	return p.selection(operation.SelectionSet, 0)
}

func checkCost(cost int) *gqlerror.Error {
	if cost <= MaxCost {
		return nil
	}
	return overLimit(CostLimit, "Het antwoord kan te veel waarden bevatten: ten hoogste %s.", "The answer could hold too many values: at most %s.",
		cost, MaxCost)
}

type pricing struct {
	variables map[string]any
	fragments map[spreadOnPage]int
}

// spreadOnPage is a fragment, and the size of the page that it is spread on.
type spreadOnPage struct {
	name string
	rows int
}

// selection prices fields. rows is the size of the page when they are those of a connection, and 0
// anywhere else.
func (p *pricing) selection(set ast.SelectionSet, rows int) int {
	sum := 0
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			sum += p.field(selection, rows)
		case *ast.InlineFragment:
			sum += p.selection(selection.SelectionSet, rows)
		case *ast.FragmentSpread:
			sum += p.fragment(selection, rows)
		}
	}
	return min(sum, endless)
}

func (p *pricing) fragment(spread *ast.FragmentSpread, rows int) int {
	key := spreadOnPage{spread.Name, rows}
	if known, ok := p.fragments[key]; ok {
		return known
	}
	cost := p.selection(spread.Definition.SelectionSet, rows)
	p.fragments[key] = cost
	return cost
}

func (p *pricing) field(field *ast.Field, rows int) int {
	if len(field.SelectionSet) == 0 {
		return 1
	}
	if isConnection(field.Definition.Type) {
		return 1 + p.selection(field.SelectionSet, p.pageSize(field))
	}
	below := p.selection(field.SelectionSet, 0)
	if field.Definition.Type.Elem != nil {
		below = multiplied(below, p.listSize(field, rows))
	}
	return min(1+below, endless)
}

// listSize is how many rows a list has at most: those of its connection, of its own argument, or one
// for each id that is asked for.
func (p *pricing) listSize(field *ast.Field, rows int) int {
	switch {
	case rows > 0:
		return rows
	case field.Definition.Arguments.ForName("first") != nil:
		return p.pageSize(field)
	}
	if ids, ok := p.argument(field, "ids").([]any); ok {
		return len(ids)
	}
	return plainListSize
}

// pageSize is how many rows are asked for. What lies outside the permitted sizes is refused when the
// list is read, and priced as the nearest that is permitted.
func (p *pricing) pageSize(field *ast.Field) int {
	for _, name := range []string{"first", "last"} {
		if size, ok := number(p.argument(field, name)); ok {
			return min(max(size, 1), page.MaxSize)
		}
	}
	return page.DefaultSize
}

// argument is the value of an argument, or its default.
func (p *pricing) argument(field *ast.Field, name string) any {
	definition := field.Definition.Arguments.ForName(name)
	if definition == nil {
		return nil
	}
	given := definition.DefaultValue
	if argument := field.Arguments.ForName(name); argument != nil {
		given = argument.Value
	}
	value, _ := given.Value(p.variables) // numbers are in range, validation saw to it
	return value
}

func number(value any) (int, bool) {
	switch value := value.(type) {
	case int64:
		return clamped(value), true
	case json.Number:
		n, err := value.Int64()
		return clamped(n), err == nil
	}
	return 0, false
}

func clamped(n int64) int { return int(min(max(n, 0), endless)) }

func isConnection(t *ast.Type) bool {
	return t.Elem == nil && strings.HasSuffix(t.NamedType, "Connection")
}

// multiplied stops at endless; both factors are at most that.
func multiplied(a, b int) int { return min(a*b, endless) }
