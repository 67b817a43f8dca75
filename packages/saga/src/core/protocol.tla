------------------------------ MODULE protocol ------------------------------
(***************************************************************************)
(* How a saga survives its workers.  Two tables: a row with an epoch, and   *)
(* a log.  A worker takes the row (epoch + 1), folds the log, and from then *)
(* on writes under its epoch only; the fence is in the writing statement.   *)
(* An intent is in the log before its effect may begin, and the outcome of  *)
(* one step and the intent of the next are one write.  A worker may crash,  *)
(* or stall past its lease and come back; effects outside carry a key, and  *)
(* a service keeps keys (it does one thing once).                           *)
(*                                                                         *)
(* test/protocol.test.ts explores the same machine, with this package's own *)
(* reduce and next, for two workers, two steps, a crash and a lost lease.   *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS Workers, N, FailAt        \* N steps; step FailAt fails, 0 for none

Steps == 1..N

VARIABLES
  log,      \* what is durable: a sequence of sets of entries, one for each commit
  epoch,    \* of the row
  mine,     \* worker -> the epoch it took, 0 for none
  seen,     \* worker -> how much of the log it has folded
  world,    \* effects that the services have made: a set of keys
  busy      \* worker -> the action it has begun, or "none"

vars == <<log, epoch, mine, seen, world, busy>>

Has(kind, s)   == \E i \in 1..Len(log) : <<kind, s>> \in log[i]
Back           == \E i \in 1..Len(log) : <<"back", 0>> \in log[i]
Ended          == \E i \in 1..Len(log) : \E e \in {"completed", "compensated"} : <<e, 0>> \in log[i]

(* What one more commit may hold, as a function of the log alone: this is core/next.ts. *)
Started(s)     == Has("intent", s)
Settled(s)     == Has("done", s) \/ Has("failed", s)
Owed           == {s \in Steps : Started(s) /\ ~Has("undone", s)}
Last(S)        == CHOOSE s \in S : \A t \in S : t <= s

Init ==
  /\ log = << {<<"intent", 1>>} >> /\ epoch = 0
  /\ mine = [w \in Workers |-> 0] /\ seen = [w \in Workers |-> 0]
  /\ world = {} /\ busy = [w \in Workers |-> "none"]

(* A lease that ran out, or was never held: anybody may take.  Time is left out: a lease may be lost at any moment. *)
Take(w) ==
  /\ ~Ended
  /\ epoch' = epoch + 1 /\ mine' = [mine EXCEPT ![w] = epoch + 1]
  /\ seen' = [seen EXCEPT ![w] = Len(log)] /\ busy' = [busy EXCEPT ![w] = "none"]
  /\ UNCHANGED <<log, world>>

Crash(w) == mine[w] > 0 /\ mine' = [mine EXCEPT ![w] = 0] /\ busy' = [busy EXCEPT ![w] = "none"] /\ UNCHANGED <<log, epoch, seen, world>>

(* A worker acts on what it has folded; whether it still holds the row, it learns when it writes. *)
Current(w) == mine[w] > 0 /\ seen[w] = Len(log)

Begin(w, what, s) ==
  /\ mine[w] > 0 /\ busy[w] = "none"
  /\ busy' = [busy EXCEPT ![w] = <<what, s>>]
  /\ UNCHANGED <<log, epoch, mine, seen, world>>

BeginDo(w)   == Current(w) /\ ~Back /\ \E s \in Steps : Started(s) /\ ~Settled(s) /\ Begin(w, "do", s)
BeginUndo(w) == Current(w) /\ Back /\ \E s \in Steps : Has("undo-intent", s) /\ ~Has("undone", s) /\ Begin(w, "undo", s)

(* The outside world moves, whoever asked: a stalled worker's effect cannot be stopped, only recognised by its key. *)
Effect(w) == busy[w] # "none" /\ world' = world \cup {busy[w]} /\ UNCHANGED <<log, epoch, mine, seen, busy>>

(* One commit: refused unless the row still has this worker's epoch, and then nothing of it is kept. *)
Append(w, entries) ==
  /\ mine[w] = epoch
  /\ log' = Append(log, entries) /\ seen' = [seen EXCEPT ![w] = Len(log) + 1] /\ busy' = [busy EXCEPT ![w] = "none"]
  /\ UNCHANGED <<epoch, mine, world>>

Outcome(w) ==
  \E s \in Steps :
    /\ busy[w] = <<"do", s>> /\ <<"do", s>> \in world /\ Current(w)
    /\ IF s = FailAt THEN Append(w, {<<"failed", s>>, <<"back", 0>>, <<"undo-intent", s>>})
       ELSE IF s = N THEN Append(w, {<<"done", s>>, <<"completed", 0>>})
       ELSE Append(w, {<<"done", s>>, <<"intent", s + 1>>})

Undone(w) ==
  \E s \in Steps :
    /\ busy[w] = <<"undo", s>> /\ <<"undo", s>> \in world /\ Current(w)
    /\ LET rest == Owed \ {s} IN
       Append(w, {<<"undone", s>>} \cup (IF rest = {} THEN {<<"compensated", 0>>} ELSE {<<"undo-intent", Last(rest)>>}))

Next == \E w \in Workers : Take(w) \/ Crash(w) \/ BeginDo(w) \/ BeginUndo(w) \/ Effect(w) \/ Outcome(w) \/ Undone(w)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* Nothing happens without an intent that was durable before. *)
NoEffectWithoutIntent == \A s \in Steps : (<<"do", s>> \in world => Started(s)) /\ (<<"undo", s>> \in world => Has("undo-intent", s))
(* An undo runs only for what may have happened, and no later step is left when an earlier one is undone. *)
ReverseOrder == \A s \in Steps : Has("undo-intent", s) => \A t \in Steps : (t > s /\ Started(t)) => Has("undone", t)
(* A saga completes with every step done, or ends with every step that started undone; never between. *)
AllOrNothing == (\A s \in Steps : Ended /\ ~Back => Has("done", s)) /\ (Ended /\ Back => Owed = {})
(* One outcome, once told, stays. *)
OneEnd == Cardinality({e \in {"completed", "compensated"} : Has(e, 0)}) <= 1

Safety == NoEffectWithoutIntent /\ ReverseOrder /\ AllOrNothing /\ OneEnd
=============================================================================
