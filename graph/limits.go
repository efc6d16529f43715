package graph

import (
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"klantkaart/crm"
)

// The limits of a document, so that no permitted one costs more than 50 ms to check. A field counts as
// often as the fragments it stands in are spread.
const (
	// MaxDocument is the size of a document's text in bytes.
	MaxDocument = 64 << 10

	maxTokens     = 2000
	maxDepth      = 12 // levels of fields; introspection is exempt, it has a rule of its own
	maxRootFields = 20
	maxAliases    = 50 // as written
	maxFields     = 2000
	maxOperations = 50
	// maxRead bounds the fields of all operations and of all fragments together: the validator reads
	// each of them by itself, with all that it spreads.
	maxRead = 20 * maxFields
	// maxMerging bounds how many fields are looked at to find out which of them must be merged.
	maxMerging = 20 * maxFields
)

// The codes of what is over a limit, for programs; the price has its own in cost.go.
const (
	DocumentLimit  = "DOCUMENT_LIMIT"
	TokenLimit     = "TOKEN_LIMIT"
	DepthLimit     = "DEPTH_LIMIT"
	RootFieldLimit = "ROOT_FIELD_LIMIT"
	AliasLimit     = "ALIAS_LIMIT"
	FieldLimit     = "FIELD_LIMIT"
	OperationLimit = "OPERATION_LIMIT"
	MergingLimit   = "MERGING_LIMIT"
)

// DeferUnsupported is the code of a document that wants its answer in parts.
const DeferUnsupported = "DEFER_UNSUPPORTED"

// endless is larger than any limit; counts stop there, because a few nested fragments stand for more
// fields than a number can hold.
const endless = 1 << 30

// overLimit says by how much something is too large; the sentences have a place for the maximum.
func overLimit(code, nl, en string, requested, maximum int) *gqlerror.Error {
	err := NewFault(code, crm.Textf(nl, en, maximum))
	err.Extensions["maximum"] = maximum
	if requested < endless {
		err.Extensions["requested"] = requested
	}
	return err
}

// checkSize finds what is too large in a document that has been parsed but not validated: validating
// it may be what costs too much.
func checkSize(doc *ast.QueryDocument) (m *meter, faults gqlerror.List) {
	m = newMeter(doc)
	check := func(code, nl, en string, requested, maximum int) {
		if requested > maximum {
			faults = append(faults, overLimit(code, nl, en, requested, maximum))
		}
	}
	worst, read := size{}, 0
	for _, operation := range doc.Operations {
		of := m.selection(operation.SelectionSet)
		m.introspects[operation] = of.introspects
		worst.depth = max(worst.depth, of.depth)
		worst.direct = max(worst.direct, of.direct)
		worst.fields = max(worst.fields, of.fields)
		read = min(read+of.fields, endless)
	}
	for _, fragment := range doc.Fragments {
		read = min(read+m.fragment(fragment.Name).fields, endless)
	}
	check(OperationLimit, "Te veel operaties in één document: ten hoogste %s.", "Too many operations in one document: at most %s.",
		len(doc.Operations), maxOperations)
	check(DepthLimit, "De velden staan te diep in elkaar: ten hoogste %s lagen.", "Fields are nested too deep: at most %s levels.",
		worst.depth, maxDepth)
	check(RootFieldLimit, "Te veel velden aan de wortel: ten hoogste %s.", "Too many fields at the root: at most %s.",
		worst.direct, maxRootFields)
	check(FieldLimit, "Te veel velden: ten hoogste %s.", "Too many fields: at most %s.", worst.fields, maxFields)
	check(FieldLimit, "Te veel velden in alle operaties en fragmenten samen: ten hoogste %s.",
		"Too many fields in all operations and fragments together: at most %s.", read, maxRead)
	check(AliasLimit, "Te veel aliassen: ten hoogste %s.", "Too many aliases: at most %s.", m.aliases, maxAliases)
	if m.deferral != nil {
		faults = append(faults, unsupportedDefer(m.deferral))
	}
	return m, faults
}

func unsupportedDefer(at *ast.Position) *gqlerror.Error {
	err := NewFault(DeferUnsupported, crm.Text{NL: "Een antwoord komt in zijn geheel: @defer bestaat hier niet.", EN: "An answer comes whole: @defer is not supported."})
	err.Locations = gqlerror.ErrorPosf(at, "").Locations
	return err
}

// size is what a selection amounts to with its fragments expanded.
type size struct {
	depth       int // of fields
	direct      int // fields of the selection itself
	fields      int // all fields
	introspects bool
}

func (s size) plus(other size) size {
	return size{
		depth:       max(s.depth, other.depth),
		direct:      min(s.direct+other.direct, endless),
		fields:      min(s.fields+other.fields, endless),
		introspects: s.introspects || other.introspects,
	}
}

// meter measures the selections of a document, each fragment once.
type meter struct {
	fragments map[string]*ast.FragmentDefinition
	measured  map[string]size
	measuring map[string]bool
	aliases   int
	deferral  *ast.Position // of the first @defer
	// circular tells that a fragment contains itself. The validator refuses such a document.
	circular bool
	// introspects holds the operations that ask for the schema itself.
	introspects map[*ast.OperationDefinition]bool
}

func newMeter(doc *ast.QueryDocument) *meter {
	m := &meter{
		fragments:   make(map[string]*ast.FragmentDefinition, len(doc.Fragments)),
		measured:    map[string]size{},
		measuring:   map[string]bool{},
		introspects: map[*ast.OperationDefinition]bool{},
	}
	for _, fragment := range doc.Fragments {
		if m.fragments[fragment.Name] == nil { // of two with one name the validator takes the first, too
			m.fragments[fragment.Name] = fragment
		}
	}
	return m
}

func (m *meter) selection(set ast.SelectionSet) size {
	sum := size{}
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			sum = sum.plus(m.field(selection))
		case *ast.InlineFragment:
			m.noteDeferral(selection.Directives)
			sum = sum.plus(m.selection(selection.SelectionSet))
		case *ast.FragmentSpread:
			m.noteDeferral(selection.Directives)
			sum = sum.plus(m.fragment(selection.Name))
		}
	}
	return sum
}

func (m *meter) field(field *ast.Field) size {
	if field.Alias != field.Name {
		m.aliases++
	}
	below := m.selection(field.SelectionSet)
	of := size{depth: below.depth + 1, direct: 1, fields: min(below.fields+1, endless)}
	if field.Name == "__schema" || field.Name == "__type" {
		of.depth, of.introspects = 1, true
	}
	return of
}

func (m *meter) fragment(name string) size {
	if of, known := m.measured[name]; known {
		return of
	}
	if m.measuring[name] {
		m.circular = true
		return size{}
	}
	definition := m.fragments[name]
	if definition == nil {
		return size{}
	}
	m.measuring[name] = true
	of := m.selection(definition.SelectionSet)
	m.measuring[name] = false
	m.measured[name] = of
	return of
}

func (m *meter) noteDeferral(directives ast.DirectiveList) {
	if found := directives.ForName("defer"); found != nil && m.deferral == nil {
		m.deferral = found.Position
	}
}

// parse reads a document, and gives the limits that the parser holds their own codes.
func parse(text string) (*ast.QueryDocument, *gqlerror.Error) {
	if len(text) > MaxDocument {
		return nil, overLimit(DocumentLimit, "Het document is te lang: ten hoogste %s bytes.", "The document is too long: at most %s bytes.",
			len(text), MaxDocument)
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, maxTokens)
	if err != nil {
		return nil, parseFault(err)
	}
	if len(doc.Operations) == 0 {
		return nil, NewFault(errcode.ValidationFailed, crm.Text{NL: "Het document bevat geen operatie.", EN: "There is no operation in the document."})
	}
	return doc, nil
}
