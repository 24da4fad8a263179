{{- /*
## About    The pod in which an agent works on its own copy of what the cache serves: of everything, or of what one agent
            of the values gets. Its container never sees the cache when it is that of an agent.
## Calling  `include` only.
## Index    overlays.podTemplate
*/ -}}

{{- /*
overlays.podTemplate (dict "root" root "agent" dict) -> a PodTemplate
The agent is one of the plan's "agents"; an empty dict for the pod that gets everything.
*/ -}}
{{- define "overlays.podTemplate" -}}
{{- $root := .root -}}
{{- $agent := .agent -}}
{{- $plan := $root.overlaysPlan -}}
{{- $sandbox := $plan.values.sandbox -}}
{{- $component := ternary "agent" "sandbox" (hasKey $agent "name") -}}
# The pod in which an agent works on its own copy of what the cache serves. Kubernetes starts nothing from it by itself.
apiVersion: v1
kind: PodTemplate
metadata:
  name: {{ ternary (printf "%s-agent-%s" $plan.fullname (get $agent "name")) (printf "%s-sandbox" $plan.fullname) (hasKey $agent "name") | quote }}
  labels:
    {{- include "overlays.labels" (dict "root" $root "component" $component) | nindent 4 }}
    {{- with $agent.name }}
    agent-overlays.io/agent: {{ quote . }}
    {{- end }}
template:
  metadata:
    labels:
      {{- include "overlays.podLabels" (dict "root" $root "component" $component "labels" $sandbox.podLabels) | nindent 6 }}
      {{- with $agent.name }}
      agent-overlays.io/agent: {{ quote . }}
      {{- end }}
    annotations:
      {{- include "overlays.annotations" (dict "ours" (dict "agent-overlays.io/digest" ($agent.digest | default $plan.digest)) "theirs" $sandbox.podAnnotations) | trimPrefix "\n" | nindent 6 }}
  spec:
    automountServiceAccountToken: false
    enableServiceLinks: false
    {{- $security := dict "runAsUser" 1000 "runAsGroup" 1000 "runAsNonRoot" true "fsGroup" 1000 "seccompProfile" (dict "type" "RuntimeDefault") }}
    securityContext: {{ include "overlays.over" (dict "ours" $security "theirs" $sandbox.podSecurityContext) }}
    {{- with $sandbox.runtimeClassName }}
    runtimeClassName: {{ quote . }}
    {{- end }}
    {{- /* The init containers have the image of the cache: they need the secrets of its registry too. */ -}}
    {{- $secrets := concat $sandbox.imagePullSecrets $plan.values.repoCache.imagePullSecrets | uniq }}
    {{- with include "overlays.podOptions" (set (omit $sandbox "imagePullSecrets") "imagePullSecrets" $secrets) | trimPrefix "\n" }}
    {{- nindent 4 . }}
    {{- end }}
    initContainers:
      {{- include "overlays.install.initContainers" . | nindent 6 }}
      {{- with include "overlays.items" $sandbox.extraInitContainers | trimPrefix "\n" }}
      {{- nindent 6 . }}
      {{- end }}
    containers:
      - name: "agent"
        image: {{ printf "%s:%s" $sandbox.image.repository $sandbox.image.tag | quote }}
        imagePullPolicy: {{ $sandbox.image.pullPolicy | quote }}
        workingDir: {{ $sandbox.workspace | quote }}
        env:
          {{- include "overlays.arrayVariables" ($agent.variables | default $plan.agent) | trimPrefix "\n" | nindent 10 }}
        # Coding agents write to their home: the root file system is not read-only.
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop:
              - "ALL"
          seccompProfile:
            type: "RuntimeDefault"
        {{- with $sandbox.resources }}
        resources: {{ include "overlays.json" . }}
        {{- end }}
        volumeMounts:
          {{- include "overlays.sandbox.workspaceMount" $root | nindent 10 }}
          {{- if not $agent }}
          {{- with include "overlays.sandbox.cacheMount" $root }}
          {{- nindent 10 . }}
          {{- end }}
          {{- end }}
          {{- with include "overlays.items" $sandbox.extraVolumeMounts | trimPrefix "\n" }}
          {{- nindent 10 . }}
          {{- end }}
    volumes:
      {{- include "overlays.sandbox.volumes" $root | nindent 6 }}
      {{- with include "overlays.items" $sandbox.extraVolumes | trimPrefix "\n" }}
      {{- nindent 6 . }}
      {{- end }}
{{- end -}}
