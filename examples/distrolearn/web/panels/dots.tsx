// The canvas over the stage. It sleeps when nothing moves and when nobody looks.

import type { Signal } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Edges } from '../draw/edges.ts'
import { type Ink, paint, placeOf } from '../draw/paint.ts'
import { inRhythm } from '../draw/rhythm.ts'
import { sightingOf } from '../draw/sightings.ts'
import { createSwarm } from '../draw/swarm.ts'
import { feedMs, isTraced, showTrace, watchEvents } from '../store.ts'

const reachPx = 14

const readInk = (element: Element): Ink => {
  const style = getComputedStyle(element)
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    ok: token('good'),
    retried: token('warn'),
    failed: token('bad'),
    refused: token('shed'),
    gossip: token('muted'),
    text: token('text'),
    surface: token('surface'),
  }
}

const start = (canvas: HTMLCanvasElement, edges: Signal<Edges>): (() => void) => {
  const context = canvas.getContext('2d')
  const parent = canvas.parentElement
  if (context === null || parent === null) return () => {}
  const swarm = createSwarm()
  const lessMotion = matchMedia('(prefers-reduced-motion: reduce)')
  const dark = matchMedia('(prefers-color-scheme: dark)')
  let ink = readInk(parent)
  let frame = 0

  const draw = (): void => {
    const nowMs = feedMs()
    const dots = swarm.at(nowMs)
    paint(context, dots, edges.peek(), nowMs, ink, lessMotion.matches)
    canvas.dataset['dots'] = String(dots.length)
    frame = dots.length === 0 ? 0 : requestAnimationFrame(draw)
  }
  const resize = new ResizeObserver(() => {
    const { width, height } = parent.getBoundingClientRect()
    const ratio = Math.min(2, devicePixelRatio)
    canvas.width = Math.round(width * ratio)
    canvas.height = Math.round(height * ratio)
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
  })
  resize.observe(parent)
  const recolour = (): void => {
    ink = readInk(parent)
  }
  dark.addEventListener('change', recolour)

  const watching = watchEvents((events) => {
    if (document.hidden) {
      swarm.clear()
      return
    }
    for (const { event, startMs } of inRhythm(events)) {
      const sighting = sightingOf(event)
      if (sighting !== undefined) swarm.add({ ...sighting, startMs })
    }
    if (frame === 0) frame = requestAnimationFrame(draw)
  })

  const pick = (event: MouseEvent): void => {
    const origin = parent.getBoundingClientRect()
    const nowMs = feedMs()
    let nearest: string | undefined
    let reach = reachPx
    for (const dot of swarm.at(nowMs)) {
      const place = placeOf(dot, edges.peek(), nowMs, lessMotion.matches)
      if (place === undefined || dot.traceId === undefined) continue
      const distance = Math.hypot(place.x - event.clientX + origin.left, place.y - event.clientY + origin.top)
      if (distance < reach && isTraced(dot.traceId)) [reach, nearest] = [distance, dot.traceId]
    }
    if (nearest !== undefined) showTrace(nearest)
  }
  parent.addEventListener('click', pick)

  return () => {
    cancelAnimationFrame(frame)
    resize.disconnect()
    watching[Symbol.dispose]()
    dark.removeEventListener('change', recolour)
    parent.removeEventListener('click', pick)
  }
}

export const Dots = ({ edges }: { readonly edges: Signal<Edges> }): VNode => {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => (canvas.current === null ? undefined : start(canvas.current, edges)), [])
  return <canvas class="dots" ref={canvas} aria-hidden="true" data-dots="0" />
}
