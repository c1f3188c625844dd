{{/*
Values that are each fine but contradict each other; values.schema.json has refused what is wrong by itself.
Every contradiction is told, not just the first.
*/}}
{{- define "flask-app.validate" -}}
{{- $faults := list }}
{{- $replicasKey := ternary "autoscaling.maxReplicas" "replicaCount" .Values.autoscaling.enabled }}
{{- $replicas := int (ternary .Values.autoscaling.maxReplicas .Values.replicaCount .Values.autoscaling.enabled) }}
{{- $fewest := int (ternary .Values.autoscaling.minReplicas .Values.replicaCount .Values.autoscaling.enabled) }}

{{- $volumes := dict }}
{{- if and .Values.persistence.enabled (not .Values.persistence.existingClaim) }}
{{- $_ := set $volumes "persistence" .Values.persistence }}
{{- end }}
{{- if and .Values.mlModel.enabled (eq .Values.mlModel.volume.type "claim") }}
{{- $_ := set $volumes "mlModel.volume" .Values.mlModel.volume }}
{{- end }}
{{- range $key, $volume := $volumes }}
{{- if and (gt $replicas 1) (not (or (has "ReadWriteMany" $volume.accessModes) (has "ReadOnlyMany" $volume.accessModes))) }}
{{- $faults = append $faults (printf "%s.accessModes %v is one volume for one node, but %s is %d: set %s.accessModes to [ReadWriteMany], or %s to 1" $key $volume.accessModes $replicasKey $replicas $key $replicasKey) }}
{{- end }}
{{- end }}

{{- $modelFolder := dir .Values.mlModel.modelPath }}
{{- if and .Values.persistence.enabled (include "flask-app.modelVolume" .) (eq (clean .Values.persistence.mountPath) $modelFolder) }}
{{- $faults = append $faults (printf "persistence.mountPath and the folder of mlModel.modelPath are both %s: set one of them to another folder" $modelFolder) }}
{{- end }}

{{- $limits := .Values.resources.limits | default dict }}
{{- range $resource, $request := .Values.resources.requests }}
{{- $limit := ternary (get $limits $resource) $request (hasKey $limits $resource) }}
{{- if gt (include "flask-app.quantity" $request | float64) (include "flask-app.quantity" $limit | float64) }}
{{- $faults = append $faults (printf "resources.requests.%s is %v and resources.limits.%s is %v: set the request to at most the limit" $resource $request $resource $limit) }}
{{- end }}
{{- end }}

{{- with .Values.autoscaling }}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) }}
{{- $faults = append $faults (printf "autoscaling.minReplicas is %d and autoscaling.maxReplicas is %d: set minReplicas to at most maxReplicas" (int .minReplicas) (int .maxReplicas)) }}
{{- end }}
{{- if and .enabled (not .targetCPUUtilizationPercentage) (not .targetMemoryUtilizationPercentage) }}
{{- $faults = append $faults "autoscaling.enabled needs something to look at: set autoscaling.targetCPUUtilizationPercentage or autoscaling.targetMemoryUtilizationPercentage" }}
{{- end }}
{{- end }}

{{- with .Values.podDisruptionBudget }}
{{- $kept := int .minAvailable }}
{{- if kindIs "string" .minAvailable }}
{{- /* Kubernetes rounds a percentage up. */}}
{{- $kept = div (add (mul $fewest (.minAvailable | trimSuffix "%" | int)) 99) 100 }}
{{- end }}
{{- if and .enabled (ge (int $kept) $fewest) }}
{{- $faults = append $faults (printf "podDisruptionBudget.minAvailable %v of %d pods lets no node be drained: set it to less, or have more pods" .minAvailable $fewest) }}
{{- end }}
{{- end }}

{{- with .Values.mlModel }}
{{- if and .enabled (eq .volume.type "existingClaim") (not .volume.existingClaim) }}
{{- $faults = append $faults "mlModel.volume.type is existingClaim: set mlModel.volume.existingClaim to its name" }}
{{- end }}
{{- if and .enabled .fetch.enabled (not (has .volume.type (list "emptyDir" "claim"))) }}
{{- $faults = append $faults (printf "mlModel.fetch.enabled needs a volume to write to, but mlModel.volume.type is %q: set it to emptyDir or claim" .volume.type) }}
{{- end }}
{{- if and .enabled .fetch.enabled (not .fetch.command) }}
{{- $faults = append $faults "mlModel.fetch.enabled needs mlModel.fetch.command" }}
{{- end }}
{{- end }}

{{- if and .Values.migration.enabled (not .Values.migration.command) (not .Values.migration.args) }}
{{- $faults = append $faults "migration.enabled needs migration.command or migration.args" }}
{{- end }}
{{- if and (not .Values.lifecycle) (ge (int .Values.drainSeconds) (int .Values.terminationGracePeriodSeconds)) }}
{{- $faults = append $faults (printf "drainSeconds is %d and terminationGracePeriodSeconds is %d: set drainSeconds to less, or pods are killed while they drain" (int .Values.drainSeconds) (int .Values.terminationGracePeriodSeconds)) }}
{{- end }}

{{- $volumeNames := list }}
{{- range .Values.extraVolumes }}
{{- $volumeNames = append $volumeNames (tpl (toString .name) $) }}
{{- end }}
{{- range .Values.extraVolumeMounts }}
{{- if not (has (tpl (toString .name) $) $volumeNames) }}
{{- $faults = append $faults (printf "extraVolumeMounts mounts the volume %q, which is not in extraVolumes: add it there" (tpl (toString .name) $)) }}
{{- end }}
{{- end }}

{{- with .Values.strategy }}
{{- $unavailable := toString (.rollingUpdate | default dict).maxUnavailable }}
{{- $surge := toString (.rollingUpdate | default dict).maxSurge }}
{{- if and (eq .type "RollingUpdate") (has $unavailable (list "0" "0%")) (has $surge (list "0" "0%")) }}
{{- $faults = append $faults "strategy.rollingUpdate has maxUnavailable 0 and maxSurge 0, which lets no pod be replaced: set one of them to 1" }}
{{- end }}
{{- end }}

{{- if $faults }}
{{- fail (printf "these values contradict each other:\n- %s" (join "\n- " $faults)) }}
{{- end }}
{{- end }}

{{/* A Kubernetes quantity, text or number, as a number without a unit. */}}
{{- define "flask-app.quantity" -}}
{{- $units := dict "" 1 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 "Ki" 0x1p10 "Mi" 0x1p20 "Gi" 0x1p30 "Ti" 0x1p40 "Pi" 0x1p50 "Ei" 0x1p60 }}
{{- $text := ternary (toString .) (float64 . | printf "%f") (kindIs "string" .) }}
{{- $number := regexFind "^[0-9.]+" $text }}
{{- mulf $number (get $units (trimPrefix $number $text)) }}
{{- end }}
