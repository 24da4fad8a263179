{{- /*
## About    Names, labels and the parts of pods that the workloads share. What is resolved from the list of repositories
            stands in _overlays.tpl.
## Calling  `include` only; the argument is the root context of this chart unless the comment says otherwise.
## Index    overlays.fullname overlays.selectorLabels overlays.labels overlays.podLabels overlays.json overlays.over
            overlays.command overlays.containerSecurityContext overlays.readerSecurityContext overlays.podOptions
            overlays.annotations overlays.items overlays.cacheVolume overlays.runtimeVolumes overlays.volumes overlays.readerVolumes overlays.volumeMounts
            overlays.readerMounts overlays.volumeMounts.sandbox overlays.cacheImage overlays.asker
            overlays.runtimeFiles overlays.runtimeDigest overlays.runtimeName
*/ -}}

{{- /*
overlays.fullname (root) -> one line; public
The stem of every object's name: at most 52 characters, so that suffixes of ours and of controllers fit into 63.
Example: prod-agent-overlays
*/ -}}
{{- define "overlays.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $full := .Release.Name -}}
{{- if .Values.fullnameOverride -}}
{{- $full = .Values.fullnameOverride -}}
{{- else if not (contains $name .Release.Name) -}}
{{- $full = printf "%s-%s" .Release.Name $name -}}
{{- end -}}
{{- regexReplaceAll "-+$" (trunc 52 $full) "" -}}
{{- end -}}

{{- /*
overlays.selectorLabels (dict "root" root "component" string) -> YAML map
What selectors use: never changes for a release.
Example: app.kubernetes.io/name: "agent-overlays" (and instance, component)
*/ -}}
{{- define "overlays.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Values.nameOverride | default .root.Chart.Name | trunc 63 | trimAll "-." | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component | quote }}
{{- end -}}

{{- /*
overlays.labels (dict "root" root "component" string) -> YAML map
Labels of an object. Not for pod templates: the chart's version must not restart pods.
*/ -}}
{{- define "overlays.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimAll "-._" | quote }}
{{ include "overlays.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service | quote }}
{{- end -}}

{{- /*
overlays.podLabels (dict "root" root "component" string "labels" map) -> YAML map
Labels of a pod template: the selector's and the user's; the user cannot replace ours (schema).
*/ -}}
{{- define "overlays.podLabels" -}}
{{ include "overlays.selectorLabels" . }}
{{- range $name, $value := .labels }}
{{ $name | quote }}: {{ $value | quote | replace "<" "\\x3c" }}
{{- end -}}
{{- end -}}

{{- /*
overlays.json (any) -> one line of JSON that is YAML too
toJson leaves U+007F to U+009F, U+FEFF, U+FFFE and U+FFFF as they are, and YAML refuses them or reads U+0085 as a space.
Example: {"disk":"ssd"}
*/ -}}
{{- define "overlays.json" -}}
{{- $text := toJson . -}}
{{- if regexMatch "[\\x{7F}-\\x{9F}\\x{FEFF}\\x{FFFE}\\x{FFFF}]" $text -}}
{{- range concat (untilStep 127 160 1) (list 65279 65534 65535) -}}
{{- $text = replace (printf "%c" .) (printf "\\u%04x" .) $text -}}
{{- end -}}
{{- end -}}
{{- $text -}}
{{- end -}}

{{- /*
overlays.over (dict "ours" dict "theirs" map) -> JSON object
The user's keys over ours, each key as a whole; a null leaves ours.
Example: {"runAsGroup":0,"runAsUser":2000}
*/ -}}
{{- define "overlays.over" -}}
{{- $merged := .ours -}}
{{- range $key, $value := .theirs -}}
{{- if not (kindIs "invalid" $value) -}}{{- $_ := set $merged $key $value -}}{{- end -}}
{{- end -}}
{{- include "overlays.json" $merged -}}
{{- end -}}

{{- /*
overlays.command (list of words) -> items of a container's `command`, each led by a line feed
Kubernetes expands $(NAME) and $$ in a command: a user name may hold a "$", so it is doubled.
Example: - "python3"
         - "-B"
*/ -}}
{{- define "overlays.command" -}}
{{- range . }}
- {{ replace "$" "$$" . | quote | replace "<" "\\x3c" }}
{{- end -}}
{{- end -}}

{{- /*
overlays.containerSecurityContext () -> YAML map
The same for every container of the chart.
*/ -}}
{{- define "overlays.containerSecurityContext" -}}
allowPrivilegeEscalation: false
capabilities:
  drop:
    - "ALL"
readOnlyRootFilesystem: true
seccompProfile:
  type: "RuntimeDefault"
{{- end -}}

{{- /*
overlays.readerSecurityContext (root) -> JSON object: the security context of the pods that read the cache, API and test
Example: {"runAsGroup":1000,"runAsNonRoot":true,"runAsUser":1000,"seccompProfile":{"type":"RuntimeDefault"}}
*/ -}}
{{- define "overlays.readerSecurityContext" -}}
{{- $ours := dict "runAsUser" 1000 "runAsGroup" 1000 "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- include "overlays.over" (dict "ours" $ours "theirs" .overlaysPlan.values.apiRs.podSecurityContext) -}}
{{- end -}}

{{- /*
overlays.podOptions (values of repoCache or of apiRs) -> keys of a pod's spec, each led by a line feed; "" when none is set
Example: nodeSelector: {"disk":"ssd"}
*/ -}}
{{- define "overlays.podOptions" -}}
{{- with .imagePullSecrets }}
imagePullSecrets: {{ include "overlays.json" . }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ quote . | replace "<" "\\x3c" }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector: {{ include "overlays.json" . }}
{{- end }}
{{- with .affinity }}
affinity: {{ include "overlays.json" . }}
{{- end }}
{{- with .tolerations }}
tolerations: {{ include "overlays.json" . }}
{{- end }}
{{- end -}}

{{- /*
overlays.annotations (dict "ours" map "theirs" map) -> YAML map; never empty here, since every pod template has a digest
Example: agent-overlays.io/digest: "sha256:0082…"
*/ -}}
{{- define "overlays.annotations" -}}
{{- range $name, $value := .ours }}
{{ $name }}: {{ $value | quote }}
{{- end -}}
{{- range $name, $value := .theirs }}
{{ $name | quote }}: {{ $value | quote | replace "<" "\\x3c" }}
{{- end -}}
{{- end -}}

{{- /*
overlays.items (list of objects) -> items of a YAML list, each led by a line feed; "" for an empty list
What users write is printed as JSON: one line an item, keys in byte order.
*/ -}}
{{- define "overlays.items" -}}
{{- range . }}
- {{ include "overlays.json" . }}
{{- end -}}
{{- end -}}

{{- /*
overlays.cacheVolume (root) -> one item of a pod's `volumes`: where the cache is kept
*/ -}}
{{- define "overlays.cacheVolume" -}}
{{- $plan := .overlaysPlan -}}
- name: "overlays-cache"
{{- if $plan.claim }}
  persistentVolumeClaim:
    claimName: {{ $plan.claim | quote }}
{{- else }}
  hostPath:
    path: {{ $plan.values.repoCache.hostPath | quote }}
    type: "DirectoryOrCreate"
{{- end -}}
{{- end -}}

{{- /*
overlays.runtimeVolumes (root, after overlays.resolve) -> two items of a pod's `volumes`: the manifest and the runtime
All containers of a pod that run the runtime share them, so a probe runs the code of the process that it asks.
*/ -}}
{{- define "overlays.runtimeVolumes" -}}
- name: "overlays-manifest"
  configMap:
    name: {{ printf "%s-manifest" .overlaysPlan.fullname | quote }}
- name: "overlays-runtime"
  configMap:
    name: {{ include "overlays.runtimeName" . | quote }}
{{- end -}}

{{- /*
overlays.volumes (root) -> items of a pod's `volumes`, "" when a reader needs none; public
Example: - name: "overlays-cache"
           hostPath:
             path: "/var/lib/centaur/repos"
             type: "DirectoryOrCreate"
*/ -}}
{{- define "overlays.volumes" -}}
{{- include "overlays.resolve" . -}}
{{- include "overlays.readerVolumes" . | trimPrefix "\n" -}}
{{- end -}}

{{- /*
overlays.readerVolumes (root, after overlays.resolve) -> the items of overlays.volumes, each led by a line feed
*/ -}}
{{- define "overlays.readerVolumes" -}}
{{- $plan := .overlaysPlan -}}
{{- if and $plan.cache $plan.sources }}
{{ include "overlays.cacheVolume" . }}
{{- end -}}
{{- if $plan.values.overlay.systemPrompt }}
- name: "overlays-prompt"
  configMap:
    name: {{ printf "%s-overlay" $plan.fullname | quote }}
{{- end -}}
{{- end -}}

{{- /*
overlays.volumeMounts (root) -> items of a container's `volumeMounts` for the API, "" when it needs none; public
Example: - name: "overlays-cache"
           mountPath: "/var/lib/centaur/repos"
           readOnly: true
*/ -}}
{{- define "overlays.volumeMounts" -}}
{{- include "overlays.resolve" . -}}
{{- include "overlays.readerMounts" . | trimPrefix "\n" -}}
{{- end -}}

{{- /*
overlays.readerMounts (root, after overlays.resolve) -> the items of overlays.volumeMounts, each led by a line feed
*/ -}}
{{- define "overlays.readerMounts" -}}
{{- $plan := .overlaysPlan -}}
{{- if and $plan.cache $plan.sources }}
- name: "overlays-cache"
  mountPath: {{ $plan.values.repoCache.hostPath | quote }}
  readOnly: true
{{- end -}}
{{- if $plan.values.overlay.systemPrompt }}
- name: "overlays-prompt"
  mountPath: {{ $plan.values.overlay.mountPath | quote }}
  readOnly: true
{{- end -}}
{{- end -}}

{{- /*
overlays.volumeMounts.sandbox (root) -> one item of a container's `volumeMounts`, "" when nothing is cached; public
Example: - name: "overlays-cache"
           mountPath: "/home/agent/github"
           readOnly: true
*/ -}}
{{- define "overlays.volumeMounts.sandbox" -}}
{{- include "overlays.resolve" . -}}
{{- $plan := .overlaysPlan -}}
{{- if and $plan.cache $plan.sources -}}
- name: "overlays-cache"
  mountPath: {{ $plan.agentPath | quote }}
  readOnly: true
{{- end -}}
{{- end -}}

{{- /*
overlays.cacheImage (root, after overlays.resolve) -> two keys of a container: the image that runs the runtime
Example: image: "centaur-agent:latest"
         imagePullPolicy: "Always"
*/ -}}
{{- define "overlays.cacheImage" -}}
{{- $image := .overlaysPlan.values.repoCache.image -}}
{{- $fallback := .overlaysPlan.values.sandbox.image -}}
image: {{ printf "%s:%s" ($image.repository | default $fallback.repository) ($image.tag | default $fallback.tag) | quote }}
imagePullPolicy: {{ $image.pullPolicy | default $fallback.pullPolicy | quote }}
{{- end -}}

{{- /*
overlays.asker (dict "root" root "name" string "words" list "memory" quantity) -> one item of a pod's containers
Asks the cache, which it may only read, by a sub-command of the runtime (the first word) with further arguments, within
this limit of memory. Its volumes are overlays.cacheVolume and overlays.runtimeVolumes.
*/ -}}
{{- define "overlays.asker" -}}
{{- $root := .root.overlaysPlan.values.repoCache.hostPath -}}
- name: {{ .name | quote }}
  {{- include "overlays.cacheImage" .root | nindent 2 }}
  workingDir: "/overlays/runtime"
  command:
    {{- $words := list "python3" "-B" "-m" "overlays_node" (first .words)
          "--manifest" "/overlays/manifest/overlay-manifest.json" "--root" $root }}
    {{- include "overlays.command" (concat $words (rest .words)) | trimPrefix "\n" | nindent 4 }}
  securityContext:
    {{- include "overlays.containerSecurityContext" . | nindent 4 }}
  resources: {"limits":{"memory":{{ quote .memory }}},"requests":{"cpu":"10m","memory":"32Mi"}}
  volumeMounts:
    - name: "overlays-cache"
      mountPath: {{ $root | quote }}
      readOnly: true
    - name: "overlays-manifest"
      mountPath: "/overlays/manifest"
      readOnly: true
    - name: "overlays-runtime"
      mountPath: "/overlays/runtime/overlays_node"
      readOnly: true
{{- end -}}

{{- /*
overlays.runtimeFiles (root) -> the runtime's files as entries of a ConfigMap, each led by a line feed
One line a file, so that no template engine or YAML rule can change a byte of them.
*/ -}}
{{- define "overlays.runtimeFiles" -}}
{{- range $path, $content := .Files.Glob "node/overlays_node/*.py" }}
{{ base $path }}: {{ toString $content | quote | replace "<" "\\x3c" }}
{{- end -}}
{{- end -}}

{{- /*
overlays.runtimeDigest (root) -> 64 hex digits: SHA-256 of the runtime's files (names and contents)
*/ -}}
{{- define "overlays.runtimeDigest" -}}
{{- include "overlays.runtimeFiles" . | sha256sum -}}
{{- end -}}

{{- /*
overlays.runtimeName (root) -> one line: the name of the runtime's ConfigMap; new code, new name
Example: prod-agent-overlays-runtime-0123456789
*/ -}}
{{- define "overlays.runtimeName" -}}
{{- include "overlays.resolve" . -}}
{{- printf "%s-runtime-%s" .overlaysPlan.fullname (include "overlays.runtimeDigest" . | trunc 10) -}}
{{- end -}}
