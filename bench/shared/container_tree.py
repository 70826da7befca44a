"""Builds container-tree's tree of lists, one tag each, and compares the first two tags once; prints seconds of the processor."""
import json, sys, time
from containertree.tree import ContainerFileTree

tree = ContainerFileTree()
build = []
for tag, name in enumerate(sys.argv[1:]):
    with open(name, encoding='utf-8', errors='surrogateescape') as file:
        rows = json.load(file)[0]['Analysis']
    start = time.process_time()
    tree._make_tree(rows, str(tag))
    build.append(time.process_time() - start)
start = time.process_time()
score = tree.similarity_score(['0', '1'][: len(build)])
print(json.dumps({'build': build, 'count': tree.count, 'score': time.process_time() - start, 'same': score['same'], 'total': score['total']}))
