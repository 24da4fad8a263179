{{- /*
## About    The agents of the values: what the manifest says of each, the digest of what its pods depend on, and the
            variables of its container. `overlays render manifest` and `render env --for agents` print the same bytes.
## Calling  `include` only; the argument is the plan (see _overlays.tpl) unless the comment says otherwise. What is
            wrong with an agent is noted by overlays.problem. Patterns are matched by the runtime alone: of globs the
            chart knows nothing.
## Index    overlays.resolveAgents overlays.checkAgent overlays.checkListed overlays.checkHooks overlays.holdsCache
            overlays.agentEntry overlays.agentSources overlays.reducedSources overlays.agentVariables
*/ -}}

{{- /*
overlays.resolveAgents (plan, after overlays.resolveAgent) -> nothing; sets "agents"
A list of dicts: name, digest, variables (text of a JSON array, as "agent" of the plan). Puts the agents into the
manifest.
*/ -}}
{{- define "overlays.resolveAgents" -}}
{{- $o := . -}}
{{- $_ := set $o "agents" list -}}
{{- if $o.values.agents -}}
{{- $first := dict -}}
{{- $reduced := dict -}}
{{- $entries := list -}}
{{- range $index, $given := $o.values.agents -}}
{{- if hasKey $first $given.name -}}
{{- include "overlays.problem" (list $o (printf "agents[%d].name: the agent %s is already at agents[%d]" $index $given.name (get $first $given.name))) -}}
{{- else -}}
{{- $_ := set $first $given.name $index -}}
{{- end -}}
{{- include "overlays.checkAgent" (dict "plan" $o "given" $given "where" (printf "agents[%d]" $index)) -}}
{{- $entry := include "overlays.agentEntry" $given | fromJson -}}
{{- $sources := include "overlays.agentSources" (dict "plan" $o "entry" $entry "reduced" $reduced) -}}
{{- $digest := printf "{\"agent\":%s,\"plan\":{\"schemaVersion\":1,\"sources\":%s}}" (toJson $entry) $sources | sha256sum | printf "sha256:%s" -}}
{{- $variables := include "overlays.agentVariables" (dict "plan" $o "entry" $entry "digest" $digest) -}}
{{- $_ := set $entry "digest" $digest -}}
{{- $entries = append $entries $entry -}}
{{- $_ := set $o "agents" (append $o.agents (dict "name" $given.name "digest" $digest "variables" $variables)) -}}
{{- end -}}
{{- include "overlays.checkHooks" $o -}}
{{- $_ := set $o.manifestObject "agents" $entries -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.checkAgent (dict "plan" plan "given" map "where" string) -> nothing
What is wrong with one agent as far as its entry tells, without matching globs.
*/ -}}
{{- define "overlays.checkAgent" -}}
{{- $o := .plan -}}
{{- $given := .given -}}
{{- $where := .where -}}
{{- if and $given.preload (eq (get $given "systemPrompt" | toString) "false") -}}
{{- include "overlays.problem" (list $o (printf "%s.preload: preloaded skills are a part of the prompt, and systemPrompt is false" $where)) -}}
{{- end -}}
{{- if hasKey $given "skills" -}}
{{- range $index, $name := $given.preload -}}
{{- include "overlays.checkListed" (dict "plan" $o "name" $name "listed" $given.skills "where" (printf "%s.preload[%d]" $where $index) "key" "skills") -}}
{{- end -}}
{{- end -}}
{{- if and $given.persona (hasKey $given "personas") (not (hasKey $given "skills")) -}}
{{- include "overlays.checkListed" (dict "plan" $o "name" $given.persona "listed" $given.personas "where" (printf "%s.persona" $where) "key" "personas") -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.checkListed (dict "plan" plan "name" string "listed" list "where" string "key" string) -> nothing
A name has to be in a list; when the list has a glob, the runtime decides.
*/ -}}
{{- define "overlays.checkListed" -}}
{{- if not (or (has .name .listed) (regexMatch "[*?\\[]" (join "" .listed))) -}}
{{- include "overlays.problem" (list .plan (printf "%s: %q is not among the agent's %s" .where .name .key)) -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.checkHooks (plan) -> nothing
With agents no hook may put the cache into their containers: it has what other agents may use.
*/ -}}
{{- define "overlays.checkHooks" -}}
{{- $o := . -}}
{{- if $o.workload -}}
{{- range $index, $mount := $o.values.sandbox.extraVolumeMounts -}}
{{- if eq $mount.name "overlays-cache" -}}
{{- include "overlays.problem" (list $o (printf "sandbox.extraVolumeMounts[%d].name: with agents no container of theirs may see the cache" $index)) -}}
{{- end -}}
{{- end -}}
{{- range $index, $volume := $o.values.sandbox.extraVolumes -}}
{{- if include "overlays.holdsCache" (dict "plan" $o "volume" $volume) -}}
{{- include "overlays.problem" (list $o (printf "sandbox.extraVolumes[%d]: the volume %q holds the cache; with agents no container of theirs may see it" $index $volume.name)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.holdsCache (dict "plan" plan "volume" map) -> "true" or ""
Whether a volume is the claim of the cache, or a directory of the node in, at or above its.
*/ -}}
{{- define "overlays.holdsCache" -}}
{{- if .plan.claim -}}
{{- $claim := .volume.persistentVolumeClaim -}}
{{- if kindIs "map" $claim -}}{{- if eq (get $claim "claimName" | toString) .plan.claim -}}true{{- end -}}{{- end -}}
{{- else if kindIs "map" .volume.hostPath -}}
{{- $path := get .volume.hostPath "path" -}}
{{- if kindIs "string" $path -}}
{{- $one := printf "%s/" (clean (printf "/%s" $path) | trimSuffix "/") -}}
{{- $other := printf "%s/" .plan.values.repoCache.hostPath -}}
{{- if or (hasPrefix $one $other) (hasPrefix $other $one) -}}true{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.agentEntry (an entry of the values) -> JSON object: the agent as the manifest has it, without its digest
What says the default is absent; the budget is no part of it, since no pod depends on it.
Example: {"name":"reviewer","skills":["code-*","pdf"]}
*/ -}}
{{- define "overlays.agentEntry" -}}
{{- $given := . -}}
{{- $entry := dict "name" .name -}}
{{- range list "skills" "tools" "workflows" "personas" -}}
{{- if hasKey $given . -}}{{- $_ := set $entry . (get $given .) -}}{{- end -}}
{{- end -}}
{{- range list "persona" "preload" "mountAs" -}}
{{- if get $given . -}}{{- $_ := set $entry . (get $given .) -}}{{- end -}}
{{- end -}}
{{- if eq (get $given "systemPrompt" | toString) "false" -}}{{- $_ := set $entry "systemPrompt" false -}}{{- end -}}
{{- toJson $entry -}}
{{- end -}}

{{- /*
overlays.agentSources (dict "plan" plan "entry" map "reduced" dict) -> JSON array: the plan as far as the agent uses it
Agents that use the same surfaces have the same; "reduced" keeps it for them.
*/ -}}
{{- define "overlays.agentSources" -}}
{{- $entry := .entry -}}
{{- $prompt := ne (get $entry "systemPrompt" | toString) "false" -}}
{{- $unused := list -}}
{{- range list "skills" "tools" "workflows" "personas" -}}
{{- if and (hasKey $entry .) (not (get $entry .)) -}}{{- $unused = append $unused . -}}{{- end -}}
{{- end -}}
{{- if not $prompt -}}{{- $unused = append $unused "prompt" -}}{{- end -}}
{{- if or (not $prompt) (has "skills" $unused) -}}{{- $unused = append $unused "skillsPreload" -}}{{- end -}}
{{- $key := join "," $unused -}}
{{- if not (hasKey .reduced $key) -}}
{{- $_ := set .reduced $key (include "overlays.reducedSources" (dict "sources" .plan.preloading "unused" $unused) | trimPrefix "," | printf "[%s]") -}}
{{- end -}}
{{- get .reduced $key -}}
{{- end -}}

{{- /*
overlays.reducedSources (dict "sources" list "unused" list "all" bool) -> elements of a JSON array, each led by ","
The sources without these keys; one that has no surface left is left out, but for "all".
Example: ,{"repo":"acme/one","skills":".agents/skills"}
*/ -}}
{{- define "overlays.reducedSources" -}}
{{- $unused := .unused -}}
{{- $all := .all -}}
{{- range .sources -}}
{{- $left := omit . "" -}}
{{- range $unused -}}{{- $_ := unset $left . -}}{{- end -}}
{{- if or $all $left.tools $left.workflows $left.skills $left.personas $left.prompt -}}
,{{ toJson $left }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
overlays.agentVariables (dict "plan" plan "entry" map "digest" string) -> JSON array, as "agent" of the plan
*/ -}}
{{- define "overlays.agentVariables" -}}
{{- $o := .plan -}}
{{- $entry := .entry -}}
{{- $array := "" -}}
{{- if $o.workload -}}
{{- $rendered := omit $o.agentRendered "" -}}
{{- range $surface, $name := dict "tools" "TOOL_DIRS" "workflows" "WORKFLOW_DIRS" "skills" "CENTAUR_SKILL_DIRS" "personas" "CENTAUR_PERSONA_DIRS" -}}
{{- if and (hasKey $entry $surface) (not (get $entry $surface)) -}}{{- $_ := unset $rendered $name -}}{{- end -}}
{{- end -}}
{{- if hasKey $entry "systemPrompt" -}}
{{- $_ := unset $rendered "CENTAUR_PROMPT_PATHS" -}}
{{- else if or $entry.preload (and $o.preloads (or $entry.skills (not (hasKey $entry "skills")))) -}}
{{- $_ := set $rendered "CENTAUR_PROMPT_PATHS" (printf "%s/SYSTEM_PROMPT.md" $o.values.sandbox.workspace) -}}
{{- end -}}
{{- $_ := set $rendered "OVERLAYS_DIGEST" .digest -}}
{{- $array = include "overlays.variableArray" (dict "plan" $o "order" $o.agentOrder "rendered" $rendered) -}}
{{- end -}}
{{- $array | trimPrefix "," | printf "[%s]" -}}
{{- end -}}
