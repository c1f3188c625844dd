{{/*
Source of the model's volume; empty if there is none. Takes root and role. The migration gets an empty folder of its own
for a claim that the chart creates: before the first install, that claim does not exist.
*/}}
{{- define "flask-app.modelVolume" -}}
{{- $role := .role | default "app" }}
{{- with .root.Values.mlModel }}
{{- if and .enabled (eq .volume.type "existingClaim") -}}
persistentVolumeClaim:
  claimName: {{ .volume.existingClaim | quote }}
{{- else if and .enabled (eq .volume.type "claim") (ne $role "migration") -}}
persistentVolumeClaim:
  claimName: {{ include "flask-app.suffixedName" (dict "root" $.root "suffix" "model") | quote }}
{{- else if and .enabled .volume.type -}}
emptyDir: {}
{{- end }}
{{- end }}
{{- end }}

{{/* Spec of a claim. Takes the value that describes its volume. */}}
{{- define "flask-app.claimSpec" -}}
accessModes:
  {{- toYaml .accessModes | nindent 2 }}
{{- with .storageClass }}
storageClassName: {{ . | quote }}
{{- end }}
resources:
  requests:
    storage: {{ .size | quote }}
{{- end }}

{{/* Annotations of a claim. Takes the value that describes its volume. Helm never deletes an object with this policy. */}}
{{- define "flask-app.claimAnnotations" -}}
{{- $policy := dict }}
{{- if .retain }}{{ $policy = dict "helm.sh/resource-policy" "keep" }}{{ end }}
{{- toYaml (merge $policy (.annotations | default dict)) }}
{{- end }}

{{/* Whether `hardened` mounts a volume at /tmp: "true", or empty because extraVolumeMounts has a mount there. */}}
{{- define "flask-app.mountsTmp" -}}
{{- $paths := list }}
{{- range .Values.extraVolumeMounts }}
{{- $paths = append $paths (tpl (toString .mountPath) $ | clean) }}
{{- end }}
{{- if and .Values.hardened (not (has "/tmp" $paths)) }}true{{ end }}
{{- end }}

{{/* Volumes of a pod with the app's image. Takes root and role. */}}
{{- define "flask-app.volumes" -}}
{{- $values := .root.Values }}
{{- if and $values.persistence.enabled (ne (.role | default "app") "migration") }}
- name: data
  persistentVolumeClaim:
    claimName: {{ $values.persistence.existingClaim | default (include "flask-app.fullname" .root) | quote }}
{{- end }}
{{- with include "flask-app.modelVolume" . }}
- name: model
  {{- . | nindent 2 }}
{{- end }}
{{- if include "flask-app.mountsTmp" .root }}
- emptyDir: {}
  name: tmp
{{- end }}
{{- with $values.extraVolumes }}
{{ include "flask-app.tpl" (dict "root" $.root "value" .) }}
{{- end }}
{{- end }}

{{/* Mounts of those volumes. */}}
{{- define "flask-app.volumeMounts" -}}
{{- $values := .root.Values }}
{{- if and $values.persistence.enabled (ne (.role | default "app") "migration") }}
- name: data
  mountPath: {{ $values.persistence.mountPath | quote }}
{{- end }}
{{- if include "flask-app.modelVolume" . }}
- name: model
  mountPath: {{ dir $values.mlModel.modelPath | quote }}
  readOnly: true
{{- end }}
{{- if include "flask-app.mountsTmp" .root }}
- mountPath: /tmp
  name: tmp
{{- end }}
{{- with $values.extraVolumeMounts }}
{{ include "flask-app.tpl" (dict "root" $.root "value" .) }}
{{- end }}
{{- end }}
