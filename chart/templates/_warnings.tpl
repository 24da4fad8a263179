{{- /*
## About    What NOTES.txt warns of: values that are legal and do something else than they seem to. `overlays validate`
            says the same with line numbers.
## Calling  `include` only; the argument is the plan (see _overlays.tpl) unless the comment says otherwise. Every define
            prints lines, each led by a line feed and "- ".
## Index    overlays.warnings overlays.warnings.mode overlays.warnings.compat overlays.warnings.repositories
            overlays.warnings.repeated overlays.warnings.delivery overlays.warnings.extraEnv overlays.warnings.sizes
            overlays.warnings.storage overlays.warnings.agents
*/ -}}

{{- /*
overlays.warnings (plan) -> all warnings, "" when there are none
Example: - toolServer.port does nothing
*/ -}}
{{- define "overlays.warnings" -}}
{{- include "overlays.warnings.mode" . -}}
{{- include "overlays.warnings.compat" . -}}
{{- include "overlays.warnings.repositories" . -}}
{{- include "overlays.warnings.repeated" . -}}
{{- include "overlays.warnings.delivery" . -}}
{{- include "overlays.warnings.extraEnv" . -}}
{{- include "overlays.warnings.sizes" . -}}
{{- include "overlays.warnings.storage" . -}}
{{- include "overlays.warnings.agents" . -}}
{{- end -}}

{{- /* overlays.warnings.mode (plan): toolServer.* next to overlays.sources */ -}}
{{- define "overlays.warnings.mode" -}}
{{- $server := .values.toolServer -}}
{{- if ne (int64 $server.port) 8001 }}
- toolServer.port does nothing
{{- end -}}
{{- if eq .mode "explicit" -}}
{{- if and $server.repo (not (hasKey .declared $server.repo)) }}
- overlays.sources does not list {{ $server.repo }}: the base repository is not implied, its tools, workflows and skills are not served
{{- end -}}
{{- range $key, $default := dict "repo" "paradigmxyz/centaur" "ref" "" "subdir" "tools" -}}
{{- if ne (get $server $key) $default }}
- toolServer.{{ $key }} is not used: overlays.sources is the list
{{- end -}}
{{- end -}}
{{- if $server.extraSources }}
- toolServer.extraSources is not used: overlays.sources is the list
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* overlays.warnings.compat (plan): what cannot be said in compat mode */ -}}
{{- define "overlays.warnings.compat" -}}
{{- if eq .mode "compat" -}}
{{- if not .values.toolServer.enabled -}}
{{- if .values.toolServer.extraSources }}
- toolServer.extraSources is not used: toolServer.enabled is false
{{- end -}}
{{- else -}}
{{- range $index, $source := .values.toolServer.extraSources -}}
{{- range $key, $default := dict "subdir" "tools" "workflowsSubdir" "workflows" "skillsSubdir" ".agents/skills" -}}
{{- if and (hasKey $source $key) (not (get $source $key)) }}
- toolServer.extraSources[{{ $index }}].{{ $key }}: "" means {{ $default }} here; only overlays.sources can switch a surface off
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* overlays.warnings.repositories (plan): names, visibilities, ports */ -}}
{{- define "overlays.warnings.repositories" -}}
{{- $o := . -}}
{{- range $repo, $where := .private -}}
{{- if hasKey $o.public $repo }}
- {{ $repo }} is private: {{ $where }} says so, although {{ get $o.public $repo }} says public
{{- end -}}
{{- end -}}
{{- $lower := dict -}}
{{- $ports := dict -}}
{{- range .values.repoCache.egressPorts -}}{{- $_ := set $ports (int64 . | toString) true -}}{{- end -}}
{{- range .repositories -}}
{{- $key := lower .repo -}}
{{- if hasKey $lower $key }}
- {{ get $lower $key }} and {{ .repo }} differ only by case: one directory on some file systems, and one repository at most hosts
{{- end -}}
{{- $_ := set $lower $key .repo -}}
{{- $port := ternary "80" "443" (hasPrefix "http:" .cloneUrl) -}}
{{- with regexFind "^https?://[^/]*:[0-9]+" .cloneUrl -}}{{- $port = regexFind "[0-9]+$" . | atoi | toString -}}{{- end -}}
{{- if and $o.cache (not (hasKey $ports $port)) }}
- {{ .repo }} is cloned from {{ .cloneUrl }}, but repoCache.egressPorts does not have {{ $port }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* overlays.warnings.repeated (plan): a path that two sources name stands at its last place */ -}}
{{- define "overlays.warnings.repeated" -}}
{{- $o := . -}}
{{- range $surface, $last := .last -}}
{{- if lt (len $last) (len $o.sources) -}}
{{- range $index, $source := $o.sources -}}
{{- with get $source $surface -}}
{{- $path := printf "%s/%s" $source.repo . -}}
{{- if ne (get $last $path) $index }}
- {{ $surface }}: {{ $path }} is listed more than once; it counts at its last place
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* overlays.warnings.delivery (plan): what is listed and does not arrive */ -}}
{{- define "overlays.warnings.delivery" -}}
{{- if not .cache -}}
{{- if eq .values.overlays.delivery "merged" }}
- overlays.delivery merged needs the cache: repoCache.enabled is false, and everything is as with separate
{{- end -}}
{{- if .repositories }}
- no sandbox pod template: repoCache.enabled is false
{{- end -}}
{{- range $surface, $last := omit .last "tools" -}}
{{- if $last }}
- repoCache.enabled is false: the {{ $surface }} of {{ len $last }} listed path(s) are not delivered, the first by name is {{ keys $last | sortAlpha | first }} (tools travel by clone)
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .values.sandbox.reposPath (ne .values.sandbox.reposPath .values.repoCache.hostPath) }}
- sandbox.reposPath is {{ .values.sandbox.reposPath }}, but the cache is at {{ .values.repoCache.hostPath }}
{{- end -}}
{{- if and .values.overlay.systemPrompt .last.prompt }}
- overlay.systemPrompt and the promptPath of {{ keys .last.prompt | sortAlpha | first }} are both set: which of them an agent gets is up to it
{{- end -}}
{{- end -}}

{{- /* overlays.warnings.extraEnv (plan): names that are the chart's too, odd numbers, what Kubernetes expands */ -}}
{{- define "overlays.warnings.extraEnv" -}}
{{- $o := . -}}
{{- range $name, $value := .values.sandbox.extraEnv -}}
{{- if or (hasKey $o.sandboxRendered $name) (hasKey $o.agentRendered $name) }}
- sandbox.extraEnv.{{ $name }} replaces the value that the list gives
{{- end -}}
{{- if and (kindIs "float64" $value) (or (ne (floor $value) $value) (eq (toString $value) "-0")) }}
- sandbox.extraEnv.{{ $name }} is a number and becomes {{ $value }}: put it in quotes
{{- end -}}
{{- end -}}
{{- range $name, $value := omit .values.apiRs.extraEnv "SESSION_SANDBOX_EXTRA_ENV" -}}
{{- if hasKey $o.api $name }}
- apiRs.extraEnv.{{ $name }} replaces the value that the list gives
{{- end -}}
{{- end -}}
{{- range .userArray -}}
{{- if or (hasKey $o.sandboxRendered .name) (hasKey $o.agentRendered .name) }}
- apiRs.extraEnv.SESSION_SANDBOX_EXTRA_ENV replaces the {{ .name }} that the list gives
{{- end -}}
{{- end -}}
{{- range $object, $extra := dict "apiRs" .values.apiRs.extraEnv "repoCache" .values.repoCache.extraEnv "sandbox" .values.sandbox.extraEnv -}}
{{- range $name, $value := $extra -}}
{{- if regexMatch "\\$[$(]" (toString $value) }}
- {{ $object }}.extraEnv.{{ $name }} holds $( or $$, which Kubernetes expands
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* overlays.warnings.sizes (plan): the limits of the kernel and of Kubernetes */ -}}
{{- define "overlays.warnings.sizes" -}}
{{- $o := . -}}
{{- range $container, $variables := dict "api-rs" (merge (omit .values.apiRs.extraEnv "SESSION_SANDBOX_EXTRA_ENV") .api) "repo-cache" (merge (dict) .values.repoCache.extraEnv .repoCache) -}}
{{- $sum := 0 -}}
{{- range $name, $value := $variables -}}
{{- $size := add (len $name) (len $value) 1 -}}
{{- $sum = add $sum $size -}}
{{- if gt $size 131071 }}
- {{ $name }} of {{ $container }} has {{ $size }} bytes; the kernel starts no container with more than 131071 in one variable
{{- end -}}
{{- end -}}
{{- if gt $sum 1048576 }}
- the variables of {{ $container }} have {{ $sum }} bytes together; more than 1048576 may not start
{{- end -}}
{{- if and (eq $container "api-rs") (gt $sum 1048576) }}
- ConfigMap {{ $o.fullname }}-env is over 1 MiB; Kubernetes refuses it
{{- end -}}
{{- end -}}
{{- if and .workload (gt (len .manifest) 1048576) }}
- ConfigMap {{ .fullname }}-manifest is over 1 MiB; Kubernetes refuses it
{{- end -}}
{{- if gt (len .values.overlay.systemPrompt) 1048576 }}
- ConfigMap {{ .fullname }}-overlay is over 1 MiB; Kubernetes refuses it
{{- end -}}
{{- end -}}

{{- /* overlays.warnings.storage (plan): what a hostPath asks of the namespace */ -}}
{{- define "overlays.warnings.storage" -}}
{{- if and .workload (not .claim) }}
- repoCache.storage.type is hostPath: namespaces that enforce the Pod Security level baseline or restricted refuse the pods
  one shared volume is the other way: --set repoCache.storage.type=persistentVolumeClaim --set repoCache.storage.persistentVolumeClaim.create=true
{{- end -}}
{{- end -}}

{{- /* overlays.warnings.agents (plan): agents without pods, and skills that nobody preloads */ -}}
{{- define "overlays.warnings.agents" -}}
{{- if and .agents (not .workload) }}
- the agents get no pod templates: no cache is rendered
{{- end -}}
{{- if and .statesPreload (not .agents) }}
- skillsPreload has no effect: there are no agents
{{- end -}}
{{- end -}}
