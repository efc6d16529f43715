package crm

import "strconv"

// The roads of a process: which step comes after which. A road can lead back, as long as another leads on.

// following is the step behind one in the order of the template; nil behind the last.
func (t *ProcessTemplate) following(i int) *string {
	if i+1 < len(t.Steps) {
		return &t.Steps[i+1].Key
	}
	return nil
}

// leadsTo is the step that an outcome leads to; nil is the end. A step without outcomes leads to the one behind it.
func (o *ProcessOutcome) leadsTo(following *string) *string {
	switch {
	case o == nil:
		return following
	case o.Ends:
		return nil
	case o.NextStep != nil:
		return o.NextStep
	}
	return following
}

// roads gives where each step leads to, by places; the end lies behind the last step. Unknown steps are faults.
func (t *ProcessTemplate) roads(fields *patching) [][]int {
	places := map[string]int{}
	for i, step := range t.Steps {
		places[step.Key] = i
	}
	roads := make([][]int, len(t.Steps))
	lead := func(from int, to *string) bool {
		place, known := len(t.Steps), true
		if to != nil {
			place, known = places[*to]
		}
		if known {
			roads[from] = append(roads[from], place)
		}
		return known
	}
	for i, step := range t.Steps {
		if len(step.Outcomes) == 0 {
			lead(i, t.following(i))
		}
		for j, outcome := range step.Outcomes {
			if !lead(i, outcome.leadsTo(t.following(i))) {
				at := patchingAt(append(fields.at("steps"), strconv.Itoa(i), "outcomes", strconv.Itoa(j))...)
				at.refuse("nextStep", Text{NL: "Deze stap is er niet.", EN: "There is no such step."})
				fields.faults = append(fields.faults, at.faults...)
			}
		}
	}
	return roads
}

// checkRoads says that every step is reached from the first one, and reaches the end.
func (t *ProcessTemplate) checkRoads(fields *patching) {
	faults := len(fields.faults)
	roads := t.roads(fields)
	if len(fields.faults) > faults {
		return
	}
	back := make([][]int, len(t.Steps)+1)
	for from, to := range roads {
		for _, place := range to {
			back[place] = append(back[place], from)
		}
	}
	reached, ends := reachable(0, append(roads, nil)), reachable(len(t.Steps), back)
	for i := range t.Steps {
		at := patchingAt(append(fields.at("steps"), strconv.Itoa(i))...)
		switch {
		case !reached[i]:
			at.refuse("key", Text{NL: "Geen weg leidt naar deze stap.", EN: "No road leads to this step."})
		case !ends[i]:
			at.refuse("outcomes", Text{NL: "Vanaf deze stap eindigt het proces nooit.", EN: "From this step the process never ends."})
		}
		fields.faults = append(fields.faults, at.faults...)
	}
}

// reachable tells which places can be reached from one.
func reachable(from int, roads [][]int) []bool {
	reached := make([]bool, len(roads))
	reached[from] = true
	for waiting := []int{from}; len(waiting) > 0; {
		place := waiting[0]
		waiting = waiting[1:]
		for _, next := range roads[place] {
			if !reached[next] {
				reached[next] = true
				waiting = append(waiting, next)
			}
		}
	}
	return reached
}
