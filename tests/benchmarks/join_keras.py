"""Joins benchmarks.json with what keras_columns.py printed: join_keras.py benchmarks.json KERAS_JSON...

Prints a table of ratios, Keras' time over keraslike's, and writes them beside the figures.
"""

import json
import pathlib
import sys

path = pathlib.Path(sys.argv[1])
results = json.loads(path.read_text())
columns = [json.loads(pathlib.Path(name).read_text().splitlines()[-1]) for name in sys.argv[2:]]
print(f"{'case':<22} {'keraslike us':>14}" + "".join(f" {'Keras ' + column['backend']:>18}" for column in columns)
      + f" {'the fastest':>12}")
for result in results:
    own = result["keraslike_us"]
    times = {column["backend"]: column["us"].get(result["name"]) for column in columns}
    known = [time for time in times.values() if time]
    if not known:
        continue
    result["keras_us"] = times
    result["keras_settings"] = {column["backend"]: column["settings"].get(result["name"]) for column in columns}
    result["ratio_to_fastest_keras"] = min(known) / own
    cells = [f"{time / own:>18.2f}" if time else f"{'-':>18}" for time in times.values()]
    print(f"{result['name']:<22} {own:>14.2f} " + " ".join(cells) + f" {min(known) / own:>12.2f}")
path.write_text(json.dumps(results, indent=2) + "\n")
