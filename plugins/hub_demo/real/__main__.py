"""``python -m hub_demo.real``: run histories over real connectors, replay a seed."""
import sys
import time

from hub_demo.real.history import run_history

a=time.time()
for seed in range(int(sys.argv[1]), int(sys.argv[2])):
    try:
        r=run_history(seed, kinds=sys.argv[3:])
    except BaseException:
        import traceback; print("SEED", seed); traceback.print_exc(limit=-6); continue
    print(seed, r.kinds, r.cycles, r.crashes, r.typed, dict(r.counts), dict(r.unseen), [(u.restored,u.listed,u.failed) for u in r.undone], round(time.time()-a,1))
    for v in r.violations: print("   ", v)
