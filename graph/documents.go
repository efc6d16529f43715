package graph

import (
	"errors"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"klantkaart/crm"
)

// document is a text that was found to be within the limits and valid.
type document struct {
	*ast.QueryDocument
	introspects map[*ast.OperationDefinition]bool
	uses        map[*ast.OperationDefinition]uses
	text        string
}

// documents reads texts, and remembers those that are in order.
type documents struct {
	schema *ast.Schema
	known  *cache
}

func newDocuments(schema *ast.Schema) *documents {
	return &documents{schema: schema, known: newCache(maxRemembered)}
}

// maxGuessed is the size of a document in bytes up to which wrong names are answered with similar ones:
// comparing every wrong name with every right one takes long.
const maxGuessed = 4 << 10

// load gives the document of a text, or all that is wrong with it.
func (d *documents) load(text string) (*document, gqlerror.List) {
	if known := d.known.get(text); known != nil {
		return known, nil
	}
	parsed, fault := parse(text)
	if fault != nil {
		return nil, gqlerror.List{fault}
	}
	measured, faults := checkSize(parsed)
	if len(faults) > 0 {
		return nil, faults
	}
	if faults := validator.ValidateWithRules(d.schema, parsed, validationRules(len(text) <= maxGuessed, measured.circular)); len(faults) > 0 {
		return nil, coded(faults)
	}
	doc := &document{QueryDocument: parsed, introspects: measured.introspects, uses: usesOf(parsed), text: text}
	d.known.add(text, doc)
	return doc, nil
}

// validationRules are those of the specification. The one about fields that must be merged is our own,
// because gqlparser's compares every pair: 2,000 tokens can keep it busy for seconds. Fields of a
// circular document have no end to be merged to; it is refused for being circular.
func validationRules(guess, circular bool) *rules.Rules {
	all := rules.NewDefaultRules()
	if !guess {
		all.ReplaceRule(rules.FieldsOnCorrectTypeRule.Name, rules.FieldsOnCorrectTypeRuleWithoutSuggestions.RuleFunc)
	}
	all.RemoveRule(rules.OverlappingFieldsCanBeMergedRule.Name)
	if !circular {
		all.AddRule(rules.OverlappingFieldsCanBeMergedRule.Name, mergeableFields)
	}
	all.AddRule("NumbersInRange", numbersInRange)
	return all
}

// numbersInRange refuses numbers that Go cannot hold: gqlparser panics on them while executing.
func numbersInRange(observers *core.Events, addError core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, value *ast.Value) {
		var err error
		switch value.Kind {
		case ast.IntValue:
			_, err = strconv.ParseInt(value.Raw, 10, 64)
		case ast.FloatValue:
			_, err = strconv.ParseFloat(value.Raw, 64)
		}
		if err != nil {
			addError(outOfRange, core.At(value.Position))
		}
	})
}

func outOfRange(err *gqlerror.Error) {
	*err = *NewFault(errcode.ValidationFailed, crm.Text{NL: "Dit getal is te groot of te klein.", EN: "The number is out of range."})
}

// coded gives each fault of validation its code, unless it has one.
func coded(faults gqlerror.List) gqlerror.List {
	for _, fault := range faults {
		if fault.Extensions["code"] == nil {
			errcode.Set(fault, errcode.ValidationFailed)
		}
	}
	return faults
}

// parseFault tells the limits that the parser keeps from a text that is no document.
func parseFault(err error) *gqlerror.Error {
	switch {
	case strings.Contains(err.Error(), "exceeded token limit"):
		return overLimit(TokenLimit, "Het document heeft te veel tokens: ten hoogste %s.", "The document has too many tokens: at most %s.", endless, maxTokens)
	case strings.Contains(err.Error(), "exceeded maximum nesting depth"):
		return overLimit(DepthLimit, "De velden staan te diep in elkaar: ten hoogste %s lagen.", "Fields are nested too deep: at most %s levels.", endless, maxDepth)
	}
	var fault *gqlerror.Error
	if !errors.As(err, &fault) {
		fault = NewFault(errcode.ParseFailed, crm.Text{NL: "Dit is geen GraphQL-document.", EN: "This is not a GraphQL document."})
	}
	errcode.Set(fault, errcode.ParseFailed)
	return fault
}
